"""A connection to the broker that hands over the deliveries of a stream in bulk."""

import socket
from collections.abc import Callable
from typing import Any

import amqp

from shared.eventlog.address import parse
from shared.eventlog.deliveries import FRAME, HEAD, Delivery, cut

ANSWER_SECONDS = 10.0  # for connecting, and for every answer of the broker
RECEIVE_BYTES = 131_072  # the most that is read at once


class StreamConnection(amqp.Connection):  # type: ignore[misc]
    """py-amqp's connection, whose reading of frames is replaced (`blocking_read`, pinned in pyproject.toml).

    It blocks on a plain socket, so that it serves threads and, under eventlet's monkey patch, green threads.
    """

    def __init__(self, amqp_uri: str, take: Callable[[Delivery], None], heartbeat: int = 0) -> None:
        """`take` gets each delivery, while anything is waited for. Heartbeat in seconds; 0: none."""
        address = parse(amqp_uri)
        super().__init__(
            host=str(address),
            userid=address.user,
            password=address.password,
            virtual_host=address.virtual_host,
            login_method="PLAIN",
            ssl=_verified(address.host) if address.tls else False,
            connect_timeout=ANSWER_SECONDS,
            heartbeat=heartbeat,
            socket_settings={socket.TCP_USER_TIMEOUT: int(ANSWER_SECONDS * 1000)},
        )
        self._take, self._rest = take, b""

    def blocking_read(self, timeout: float | None = None) -> bool:
        """Take what has come. Raises TimeoutError when nothing does in time, OSError once it is closed."""
        self._rest += self._receive(ANSWER_SECONDS if timeout is None else timeout)
        while (frame := self._next_frame()) is not None:
            kind, channel, _ = FRAME.unpack_from(frame)
            self.on_inbound_frame((kind, channel, frame[HEAD:-1]))
        return True

    def _receive(self, timeout: float) -> bytes:
        with self.transport.having_timeout(timeout):
            data: bytes = self.transport.sock.recv(RECEIVE_BYTES)
        if not data:
            raise ConnectionResetError("the broker has closed the connection")
        self.bytes_recv += 1  # by which py-amqp knows that the broker lives
        return data

    def _next_frame(self) -> bytes | None:
        """Hand over deliveries up to the next frame of another kind; None: there is none yet.

        What is behind that frame stays, for handling it may read on, or raise.
        """
        data, done, frame = self._rest, 0, None
        for end, part in cut(data):
            done = end
            if isinstance(part, bytes):
                frame = part
                break
            self._take(part)
        self._rest = data[done:]
        return frame


def _verified(host: str) -> dict[str, Any]:
    """TLS that checks the broker's certificate against the machine's authorities."""
    return {"context": {"check_hostname": True}, "server_hostname": host}
