"""A broker behind TLS: its certificate is checked, and the log is read through it."""

import socket
import ssl
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from secrets import token_hex
from select import select

import pika
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kombu.utils.url import parse_url

from shared.eventlog.errors import BrokerAway, StreamMissing
from shared.eventlog.reader import StreamReader
from shared.eventlog.topology import LOG_ARGUMENTS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of 127.0.0.1, signed by itself; key and certificate in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "broker.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(*plain) + signed.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def uri(servers, certificate):
    """The broker, behind a TLS end of the test's own."""
    plain = servers.env_for("payment")["XUESHI_AMQP_URI"]
    where = parse_url(plain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        broker = (where["hostname"], where["port"])
        threading.Thread(target=serve, args=(listener, context, broker), daemon=True).start()
        port = listener.getsockname()[1]
        yield plain.replace("amqp://", "amqps://").replace(f":{where['port']}", f":{port}")


def serve(listener, context, broker):
    """Every connection that passes the handshake goes to the broker."""
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            with suppress(OSError):
                secure = context.wrap_socket(client, server_side=True)
                plain = socket.create_connection(broker)
                threading.Thread(target=pump, args=(secure, plain), daemon=True).start()


def pump(secure, plain):
    """Both ways in one thread, for a TLS socket is not for two at once; until either end closes."""
    other = {secure: plain, plain: secure}
    with suppress(OSError), secure, plain:
        while True:
            for source in select([secure, plain], [], [])[0]:
                if not (data := source.recv(65_536)):
                    return
                other[source].sendall(data)


@pytest.fixture
def stream(servers):
    """A stream of 300 numbers."""
    parameters = pika.URLParameters(servers.env_for("payment")["XUESHI_AMQP_URI"])
    with pika.BlockingConnection(parameters) as connection:
        channel, name = connection.channel(), f"tls-{token_hex(4)}"
        channel.confirm_delivery()
        channel.queue_declare(name, durable=True, arguments=LOG_ARGUMENTS)
        for number in range(300):
            channel.basic_publish("", name, b"%d" % number, mandatory=True)
        yield name
        channel.queue_delete(name)


def test_a_certificate_that_nobody_vouches_for_is_refused(uri):
    with pytest.raises(BrokerAway, match="CERTIFICATE_VERIFY_FAILED"):
        StreamReader(uri, "first")


def test_a_certificate_that_the_machine_trusts_is_accepted(uri, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(StreamMissing, match="read-nowhere"):
        closing(StreamReader(uri, "first", stream="read-nowhere"))


def test_what_is_delivered_passes_through_tls(uri, stream, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    bodies = []
    with closing(StreamReader(uri, "first", stream=stream)) as reader:
        while deliveries := reader.round(10, at_least=300 - len(bodies)):
            bodies += [int(delivery.body) for delivery in deliveries]
            reader.acknowledge()
    assert bodies == list(range(300))
