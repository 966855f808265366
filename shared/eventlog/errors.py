"""What keeps somebody from the event log."""

from kombu.utils.url import parse_url


class EventLogError(Exception):
    """The stream cannot be read; the message says why."""


class BrokerAway(EventLogError):
    """The broker does not answer, or has closed the connection."""

    def __init__(self, amqp_uri: str, cause: BaseException) -> None:
        """The message names the broker without its password."""
        where = parse_url(amqp_uri)
        reason = str(cause) or type(cause).__name__
        super().__init__(f"The broker at {where['hostname']}:{where['port']} does not answer: {reason}")


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
