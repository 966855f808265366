"""Small backends behind the gateway: one that echoes, one that is broken."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Backend(BaseHTTPRequestHandler):
    """Echoes the request, so that a test sees what the gateway has passed on."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received = {"path": self.path, "length": len(body), "headers": dict(self.headers.items())}
        self._answer(json.dumps(received).encode())

    do_POST = do_PUT = do_GET  # noqa: N815 - names that http.server looks for

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Powered-By", "test")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class QuietServer(ThreadingHTTPServer):
    """Says nothing of the gateway's probes, which hang up as soon as they have an answer."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class BrokenBackend(Backend):
    """Is ready, and answers every other request with something that is not HTTP."""

    def do_GET(self) -> None:
        if self.path == "/readyz":
            return self._answer(b"ok")
        self.wfile.write(b"nonsense\r\n\r\n")
        self.close_connection = True
        return None
