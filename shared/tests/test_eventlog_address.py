"""How a broker's URI is read, without a broker."""

import pytest

from shared.eventlog.address import parse
from shared.eventlog.connection import StreamConnection
from shared.eventlog.errors import BrokerAway


@pytest.mark.parametrize(
    ("uri", "host", "tls"),
    [
        ("amqp://me:secret@broker/%2F", "broker:5672", False),
        ("amqps://me:secret@broker/%2F", "broker:5671", True),
        ("amqps://me:secret@broker:5672/%2F", "broker:5672", True),
    ],
)
def test_the_port_that_a_uri_leaves_out_is_that_of_its_scheme(uri, host, tls):
    connection = StreamConnection(uri, [].append)
    assert (connection.host, bool(connection.ssl)) == (host, tls)
    assert f"broker at {host} " in str(BrokerAway(uri, TimeoutError()))


def test_a_uri_of_a_host_alone_is_for_guest():
    address = parse("amqp://broker")
    assert (address.user, address.password, address.virtual_host) == ("guest", "guest", "/")
    assert StreamConnection("amqp://broker", [].append).host == "broker:5672"


def test_an_escaped_password_is_read_and_not_shown():
    address = parse("amqp://me:se%40cret@broker/payment")
    assert (address.password, address.virtual_host) == ("se@cret", "payment")
    assert "se@cret" not in repr(address) + str(address)
