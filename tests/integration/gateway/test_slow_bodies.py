"""Who sends a body slowly takes no place at a service, which gets few requests at once (`maxconn`)."""

import socket
from contextlib import ExitStack
from pathlib import Path

import httpx

from testkit.servers.programs import Site
from tests.integration.gateway.requests import PATH

PLACES = 200  # maxconn of a server
SLOW = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\nx".encode()


def test_bodies_that_do_not_come_keep_nobody_out(site: Site, haproxy: Path, client: httpx.Client) -> None:
    with ExitStack() as kept:
        for _ in range(PLACES + 20):
            address = ("127.0.0.1", site.ports["gateway"])
            last = kept.enter_context(socket.create_connection(address, timeout=20))
            last.sendall(SLOW)
        assert client.get(PATH).status_code == 200
        assert last.recv(100).startswith(b"HTTP/1.1 408 ")
