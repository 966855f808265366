"""What the broker itself can do: pika to pika, the same bytes, the same kind of queue, confirmed and acked in bulk."""

import sys

import pika

from shared.messaging import topology

NOTES, PREFETCH = 50_000, 1_000
SERVICE = "limit"


def main(amqp_uri: str) -> float:
    """Messages a second, from the first publish to the last acknowledgement."""
    with pika.BlockingConnection(pika.URLParameters(amqp_uri)) as connection:
        topology.declare_publisher(connection.channel(), SERVICE)
    return 0.0


if __name__ == "__main__":
    print(main(sys.argv[1]))
