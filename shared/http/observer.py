"""Trace, metrics and a log line of each request."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability.logging import lines_of
from shared.observability.metrics import REQUESTS
from shared.observability.tracing import continue_trace


class RequestObserver:
    """Continues the caller's trace and measures each request by route and status."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app, self._service = app, service
        self._log = lines_of(__name__, "request", service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        received = dict(scope["headers"]).get(b"traceparent")
        trace = continue_trace(received.decode("latin-1") if received else None)
        started, status = time.monotonic(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"traceparent", trace.encode())]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "?")
            took = time.monotonic() - started
            REQUESTS.labels(self._service, route, str(status)).observe(took)
            self._log(method=scope["method"], route=route, status=status, ms=round(took * 1000, 1))
