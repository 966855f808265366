"""The log of a bench: what the stream holds becomes audit's log, and audit's archiver archives it."""

import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from services.audit.runtime import AuditEventsRuntime
from services.audit.settings import AuditSettings
from services.audit.storage import EventLog
from shared.eventlog.reader import StreamReader
from shared.persistence.connection import connect, disconnect
from shared.settings import read


def archive(environment: Mapping[str, str], events: int) -> dict[str, Any]:
    """Append all events of the stream to the log and archive them; events a second of both."""
    settings = read(AuditSettings, environment)
    connect(settings)
    try:
        audit = AuditEventsRuntime(settings)
        audit.log.ensure_indexes()
        appending = timed(lambda: append(settings.amqp_uri, audit.log, events))
        archiving = timed(audit.archiver.run)
    finally:
        disconnect(settings.service)
    return {"append_per_s": events / appending, "archive_write_per_s": events / archiving}


def append(amqp_uri: str, log: EventLog, events: int) -> None:
    """As audit's reader does, which takes fewer at once."""
    with closing(StreamReader(amqp_uri, "first")) as reader:
        for deliveries in reader.rounds():
            log.append([(delivery.offset, delivery.body) for delivery in deliveries])
            if log.head().position >= events:
                return


def timed(work: Any) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
