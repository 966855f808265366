"""Logs, metrics and trace context, attached once for every process."""

import logging
import re
import secrets
import sys
from contextvars import ContextVar

import structlog
from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram("xueshi_http_request_seconds", "HTTP requests", ["service", "route", "status"])
HANDLED = Histogram("xueshi_event_handled_seconds", "Events handled", ["service", "type", "outcome"])
PUBLISHED = Counter("xueshi_events_published_total", "Events confirmed by the broker", ["service"])
RETURNED = Counter("xueshi_events_returned_total", "Events that no queue took", ["service"])
BLOCKED = Gauge("xueshi_relay_blocked", "1 while the broker takes no events", ["service"])
OLDEST_UNSENT = Gauge("xueshi_outbox_oldest_seconds", "Age of the oldest unsent event", ["service"])
QUEUES_MISSING = Counter("xueshi_queues_missing_total", "Queues that had to be made anew", ["queue"])
REFILLED = Counter("xueshi_inbox_refilled_total", "Events put into an inbox again from the log", ["service"])

_TRACEPARENT = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
_trace: ContextVar[str | None] = ContextVar("traceparent", default=None)


def configure_logging(service: str, level: str = "info") -> None:
    """structlog JSON on stderr, for our own lines and the libraries' alike."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _add_service(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=render, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("amqp", "kombu", "pika", "urllib3", "httpx", "httpcore", "pymongo", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _add_service(service: str) -> structlog.types.Processor:
    def add(_: object, __: str, entry: structlog.types.EventDict) -> structlog.types.EventDict:
        entry["service"] = service
        return entry

    return add


def continue_trace(traceparent: str | None) -> str:
    """Go on with the given W3C trace, or begin one; every log line and event from here carries it."""
    valid = traceparent if traceparent and _TRACEPARENT.match(traceparent) else None
    trace_id = valid.split("-")[1] if valid else secrets.token_hex(16)
    current = f"00-{trace_id}-{secrets.token_hex(8)}-01"
    _trace.set(current)
    structlog.contextvars.bind_contextvars(trace_id=trace_id)
    return current


def current_trace() -> str | None:
    """The traceparent in force, to be carried on by what is published or sent."""
    return _trace.get()
