"""W3C trace context: every log line and event carries the trace of what caused it."""

import random
import re
from contextvars import ContextVar

import structlog

_TRACEPARENT = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
_trace: ContextVar[str | None] = ContextVar("traceparent", default=None)


def continue_trace(traceparent: str | None) -> str:
    """Go on with the given W3C trace, or begin one; every log line and event from here carries it."""
    valid = traceparent if traceparent and _TRACEPARENT.match(traceparent) else None
    trace_id = valid.split("-")[1] if valid else _random_hex(128)
    current = f"00-{trace_id}-{_random_hex(64)}-01"
    _trace.set(current)
    structlog.contextvars.bind_contextvars(trace_id=trace_id)
    return current


def current_trace() -> str | None:
    """The traceparent in force, to be carried on by what is published or sent."""
    return _trace.get()


def _random_hex(bits: int) -> str:
    """Traces need to be distinct, not secret; asking the kernel would let go of the interpreter."""
    return f"{random.getrandbits(bits):0{bits // 4}x}"
