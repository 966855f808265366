"""The media worker process: `python -m services.learning.worker`; as many as there is work for may run."""

import os
import signal
import threading
from dataclasses import replace
from datetime import timedelta

import structlog

from services.learning.runtime import LearningApiRuntime
from services.learning.worker.loop import work
from shared.observability.admin_server import serve_admin

log = structlog.get_logger()
POLITENESS = 10  # of Unix' `nice`: whatever answers people goes first
CLEAN_EVERY = timedelta(minutes=1)


def main() -> None:
    """Do what is waiting until SIGTERM or SIGINT; what is under way is given up, and done elsewhere."""
    runtime = LearningApiRuntime.from_environment()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.nice(POLITENESS)
    runtime.open()
    serve_admin(runtime.settings.admin_port, ready=runtime.ready)
    log.info("media.ready", threads=runtime.settings.rendition_threads)
    work(replace(runtime.media, stopping=stop.is_set), stop, clean_every=CLEAN_EVERY)
    runtime.close()


if __name__ == "__main__":
    main()
