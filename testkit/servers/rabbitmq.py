"""The RabbitMQ of one system, with a port mapper (epmd) and a cookie of its own."""

import base64
import hashlib
import json
import os
import socket
from collections.abc import Iterable
from pathlib import Path

import pika

from testkit.servers.programs import PROBE_SECONDS, Program, Site

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # Debian's wrapper in sbin would change the user
USER = "xueshi"
NAMES_REQUEST = b"\x00\x01n"  # Erlang distribution protocol, 14.1: length, then 'n'
VHOSTS = {"": "/", "_test": "test"}

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
load_definitions = {definitions}
log.console = true
log.console.level = warning
log.file = false
vm_memory_high_watermark.absolute = 1GiB
disk_free_limit.absolute = 200MB
# The default of 512 MB is memory as well: entries stay in it until the file is full.
raft.wal_max_size_bytes = 32000000
"""

# One user's idle laptop: two schedulers that sleep instead of spinning.
ERLANG = "-noinput +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"


def programs(site: Site, namespaces: Iterable[str]) -> tuple[Program, Program]:
    """The port mapper, which must run first, and the broker."""
    return _port_mapper(site), _broker(site, tuple(namespaces))


def uri(site: Site, namespace: str = "") -> str:
    """The AMQP URI of the vhost of a namespace."""
    vhost = VHOSTS[namespace].replace("/", "%2F")
    password = site.credentials.secret("rabbitmq")
    return f"amqp://{USER}:{password}@127.0.0.1:{site.ports['rabbitmq']}/{vhost}"


def _port_mapper(site: Site) -> Program:
    port = site.ports["epmd"]
    return Program(
        name="epmd",
        group="servers",
        command=("epmd", "-address", "127.0.0.1", "-port", str(port)),
        ready=lambda: _listens(port),
    )


def _broker(site: Site, namespaces: tuple[str, ...]) -> Program:
    folder = site.folder("rabbitmq")
    configuration = folder / "rabbitmq.conf"
    definitions = folder / "definitions.json"
    _write(definitions, json.dumps(_definitions(site, namespaces)))
    _write(configuration, CONFIGURATION.format(port=site.ports["rabbitmq"], definitions=definitions))
    return Program(
        name="rabbitmq",
        group="servers",
        command=(SERVER,),
        environment=_environment(site, folder, configuration),
        ready=lambda: _opens(uri(site, namespaces[-1])),
        stop_seconds=30,
    )


def _environment(site: Site, folder: Path, configuration: Path) -> dict[str, str]:
    return {
        "HOME": str(folder),  # holds the Erlang cookie, which the node makes
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(site.ports["epmd"]),
        "RABBITMQ_ALLOW_INPUT": "1",  # the script becomes the node, instead of a shell that watches over one
        "RABBITMQ_NODENAME": "xueshi@localhost",
        "RABBITMQ_DIST_PORT": str(site.ports["rabbitmq_distribution"]),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(configuration),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
    }


def _definitions(site: Site, namespaces: tuple[str, ...]) -> dict[str, object]:
    """Users and vhosts at the first start: there never is a guest."""
    vhosts = [VHOSTS[namespace] for namespace in namespaces]
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "users": [{"name": USER, **_password_hash(site), "tags": ["administrator"], "limits": {}}],
        "vhosts": [{"name": vhost} for vhost in vhosts],
        "permissions": [{"user": USER, "vhost": vhost, **everything} for vhost in vhosts],
    }


def _password_hash(site: Site) -> dict[str, str]:
    """RabbitMQ's own form: base64 of salt (4 bytes) and SHA-256 of salt and password."""
    salt = bytes.fromhex(site.credentials.secret("rabbitmq-salt"))[:4]
    digest = hashlib.sha256(salt + site.credentials.secret("rabbitmq").encode()).digest()
    return {
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
    }


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PROBE_SECONDS) as connection:
            connection.sendall(NAMES_REQUEST)
            return bool(connection.recv(4))
    except OSError:
        return False


def _opens(address: str) -> bool:
    parameters = pika.URLParameters(address)
    parameters.socket_timeout = parameters.blocked_connection_timeout = PROBE_SECONDS
    try:
        pika.BlockingConnection(parameters).close()
    except (pika.exceptions.AMQPError, OSError):
        return False
    return True


def _write(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(content)
