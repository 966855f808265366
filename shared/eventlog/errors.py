"""What keeps somebody from the event log."""

from amqp.exceptions import AccessRefused

from shared.eventlog.address import parse


class EventLogError(Exception):
    """The log cannot be read or copied; the message says why."""


class BrokerAway(EventLogError):
    """The broker does not answer, refuses the login, or has closed the connection."""

    def __init__(self, amqp_uri: str, cause: BaseException) -> None:
        """The message names the broker without its password."""
        fault = "refuses" if isinstance(cause, AccessRefused) else "does not answer"
        reason = str(cause) or type(cause).__name__
        super().__init__(f"The broker at {parse(amqp_uri)} {fault}: {reason}")


class StreamMissing(EventLogError):
    """There is no such stream, or it was deleted while it was read."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"There is no stream {stream}: no relay has started here yet, or it was deleted.")


class StreamSilent(EventLogError):
    """The broker delivers nothing where there must be more."""

    def __init__(self) -> None:
        super().__init__("The log has fallen silent before its end.")


class CorruptFrames(EventLogError):
    """The bytes are no AMQP frames, or a delivery is not that of a stream."""
