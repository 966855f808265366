"""The broker's stream as audit sees it, by the broker's own offsets."""

from amqp.exceptions import AMQPError

from shared.eventlog.connection import StreamConnection
from shared.eventlog.deliveries import Delivery
from shared.eventlog.errors import BrokerAway
from shared.eventlog.extent import Patience, first_delivery, rounds_until
from shared.eventlog.reader import StreamReader
from shared.eventlog.topology import declare_log

PREFETCH = 500
HEARTBEAT_SECONDS = 20
PATIENCE = Patience(end=5.0, fault=30.0)


class EventStream:
    """Raises EventLogError when broker or stream is away."""

    def __init__(self, amqp_uri: str) -> None:
        self._amqp_uri = amqp_uri

    def declare(self) -> None:
        """Create the stream when it is missing, bound to what every service publishes."""
        connection = StreamConnection(self._amqp_uri, list[Delivery]().append)
        try:
            connection.connect()
            declare_log(connection.channel())
            connection.close()
        except (AMQPError, OSError) as error:
            raise BrokerAway(self._amqp_uri, error) from error
        finally:
            connection.collect()

    def first_from(self, offset: int) -> Delivery | None:
        """The first message at this offset or behind; None when the stream ends before."""
        newest = first_delivery(self._amqp_uri, "last", patience=PATIENCE)
        if newest is None or newest.offset == offset:
            return newest
        if newest.offset > offset:
            return first_delivery(self._amqp_uri, offset, patience=PATIENCE)
        rounds = rounds_until(self._amqp_uri, newest.offset, newest.offset, patience=PATIENCE)
        behind = (delivery for deliveries in rounds for delivery in deliveries)
        return next((delivery for delivery in behind if delivery.offset >= offset), None)

    def read_from(self, offset: int) -> StreamReader:
        """A reader from this offset on; retention may have taken what was there."""
        start = offset or "first"
        return StreamReader(self._amqp_uri, start, prefetch=PREFETCH, heartbeat=HEARTBEAT_SECONDS)
