"""What the worker does, one piece after the other: uploads first, for people wait for them."""

import threading
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter
from pymongo.errors import PyMongoError
from urllib3.exceptions import HTTPError

from services.learning.application.media import MediaWork
from shared.domain.errors import DomainError

log = structlog.get_logger()
REST_SECONDS = 1.0  # when nothing is waiting
TROUBLE_SECONDS = 5.0  # when a server does not answer
DONE = Counter("xueshi_media_done_total", "Videos that this process has examined or copied")


def work(media: MediaWork, stop: threading.Event, clean_every: timedelta) -> None:
    """Until `stop` is set. A server that is away is waited for."""
    clean_at: Any = media.clock()
    while not stop.is_set():
        try:
            if media.clock() >= clean_at:
                media.clean()
                clean_at = media.clock() + clean_every
            if media.examine_next() or media.render_next():
                DONE.inc()
            else:
                stop.wait(REST_SECONDS)
        except (PyMongoError, HTTPError, DomainError) as error:
            log.warning("media.waiting", error=type(error).__name__)
            stop.wait(TROUBLE_SECONDS)
