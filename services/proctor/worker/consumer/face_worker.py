"""Keeps a session with the broker, and begins another when the broker went away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pika
import structlog
from pika.exceptions import AMQPError

from services.proctor.worker.adapters.material_store import Shutdown
from services.proctor.worker.application.examination import Examiner
from services.proctor.worker.consumer.session import Session

log = structlog.get_logger()
FIRST_PAUSE, MAX_PAUSE = 0.5, 10.0  # seconds between two tries while the broker is away


class FaceWorker:
    """Works until `stop` is set; `ready` is set while jobs are taken."""

    def __init__(self, amqp_uri: str, examiner: Examiner, ready: threading.Event) -> None:
        self._uri, self._examiner, self._ready = amqp_uri, examiner, ready
        self._pool = ThreadPoolExecutor(1, "examine")

    def run(self, stop: threading.Event) -> None:
        """Connect, work, and connect again with growing pauses when the broker went away."""
        pause = FIRST_PAUSE
        while not stop.is_set():
            try:
                with pika.BlockingConnection(_parameters(self._uri)) as connection:
                    session, pause = Session(connection, self._examiner, self._pool), FIRST_PAUSE
                    self._ready.set()
                    session.work(stop)
            except Shutdown:
                return
            except (AMQPError, OSError) as error:
                log.warning("broker.away", error=repr(error), next_try_seconds=pause)
                self._ready.clear()
                stop.wait(pause)
                pause = min(MAX_PAUSE, pause * 2)


def _parameters(uri: str) -> pika.URLParameters:
    parameters = pika.URLParameters(uri)
    parameters.heartbeat, parameters.socket_timeout = 30, 5
    return parameters
