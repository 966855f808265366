"""The largest body that an endpoint takes."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import TooLarge, problem

MAX_BODY_BYTES = 1_000_000
BodyBytes = int | Callable[[str], int]  # of all paths, or by path


class BodyLimit:
    """Refuses bodies over the limit, declared or streamed."""

    def __init__(self, app: ASGIApp, max_body_bytes: BodyBytes) -> None:
        self._app, self._limit = app, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit(scope.get("path", "")) if callable(self._limit) else self._limit
        declared = dict(scope.get("headers", ())).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            answer = problem(413, "body.too_large", f"At most {limit} bytes 内容过大.", limit_bytes=limit)
            await answer(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise TooLarge
            return message

        await self._app(scope, counted, send)
