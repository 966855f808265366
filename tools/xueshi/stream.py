"""The stream `events.log` for an operator: what goes wrong has an exit status, and says where to go on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.eventlog.deliveries import Delivery
from shared.eventlog.errors import EventLogError, StreamMissing, StreamSilent
from shared.eventlog.extent import first_delivery, rounds_until
from shared.eventlog.reader import Start
from tools.xueshi.errors import OperatorError, Unknown, Unreachable

OnProgress = Callable[[int, int], None]  # (offset read, last offset that must be read)


class LogSilent(Unreachable):
    """The broker delivers nothing where there must be more."""


def until(amqp_uri: str, start: Start, last: int, stream: str, on_progress: OnProgress) -> Iterator[Delivery]:
    """Everything up to the end of the chunk that begins at `last`. Raises Unknown, Unreachable."""
    at = -1
    try:
        for deliveries in rounds_until(amqp_uri, start, last, stream=stream):
            yield from deliveries
            at = deliveries[-1].offset if deliveries else at
            on_progress(max(at, 0), last)
    except EventLogError as error:
        raise _for_operator(error, at) from error


def beginning_of_last_chunk(amqp_uri: str, stream: str) -> int | None:
    """The first offset of what was written last; None of an empty stream. Raises Unknown, Unreachable."""
    return _first_offset(amqp_uri, "last", stream)


def first_offset(amqp_uri: str, stream: str) -> int | None:
    """The first offset that the stream still holds; None when it is empty. Raises Unknown, Unreachable."""
    return _first_offset(amqp_uri, "first", stream)


def last_offset(amqp_uri: str, stream: str) -> int | None:
    """The newest offset; of a log that is being written, one of the newest. Raises Unknown, Unreachable."""
    last = beginning_of_last_chunk(amqp_uri, stream)
    if last is None:
        return None
    with _operator_errors():
        for deliveries in rounds_until(amqp_uri, last, last, stream=stream):
            last = deliveries[-1].offset if deliveries else last
    return last


def go_on(at: int) -> str:
    """What to do when the reading has ended behind this offset."""
    return f" Go on with --from {at + 1}." if at >= 0 else ""


def _first_offset(amqp_uri: str, start: Start, stream: str) -> int | None:
    with _operator_errors():
        delivery = first_delivery(amqp_uri, start, stream=stream)
    return delivery.offset if delivery else None


@contextmanager
def _operator_errors() -> Iterator[None]:
    try:
        yield
    except EventLogError as error:
        raise _for_operator(error) from error


def _for_operator(error: EventLogError, at: int = -1) -> OperatorError:
    """The same with an exit status, when the reading has ended behind offset `at`."""
    message = f"{error}{go_on(at)}"
    if isinstance(error, StreamMissing):
        return Unknown(message)
    return LogSilent(message) if isinstance(error, StreamSilent) else Unreachable(message)
