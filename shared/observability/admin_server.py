"""`/metrics`, `/healthz` and `/readyz` for processes that serve nothing else."""

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Probes are not worth a line."""


def serve_admin(port: int, ready: Callable[[], bool]) -> None:
    """Serve on `port` in a daemon thread; 0 serves nothing."""
    if not port:
        return

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        status, kind, body = _answer(environ["PATH_INFO"], ready)
        start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    server = make_server("", port, app, server_class=_Server, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True, name="admin").start()


def _answer(path: str, ready: Callable[[], bool]) -> tuple[str, str, bytes]:
    if path == "/metrics":
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest()
    if path == "/healthz" or (path == "/readyz" and _safely(ready)):
        return "200 OK", "text/plain", b"ok\n"
    if path == "/readyz":
        return "503 Service Unavailable", "text/plain", b"not ready\n"
    return "404 Not Found", "text/plain", b"not found\n"


def _safely(ready: Callable[[], bool]) -> bool:
    try:
        return ready()
    except Exception:
        return False
