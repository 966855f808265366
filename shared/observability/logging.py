"""Logs: JSON lines on stderr, our own and the libraries' alike."""

import logging
import sys

import structlog


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
    _leave_out_what_no_line_shows()


def _leave_out_what_no_line_shows() -> None:
    """The caller's place, thread and process: a third of a line's cost (Python's logging HOWTO, Optimization)."""
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _add_service(service: str) -> structlog.types.Processor:
    def add(_: object, __: str, entry: structlog.types.EventDict) -> structlog.types.EventDict:
        entry["service"] = service
        return entry

    return add
