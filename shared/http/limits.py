"""The largest body that an endpoint takes, and how slowly it may come."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import TooLarge, TooSlow, problem

MAX_BODY_BYTES = 1_000_000
GRACE_S = 20.0  # in which a body may come as it likes
BYTES_PER_S = 8 * 1024  # as fast as this it must come afterwards, on the average
BodyBytes = int | Callable[[str], int]  # of all paths, or by path


class BodyLimit:
    """Refuses bodies over the limit, declared or streamed, and those that come too slowly.

    A request that is under way takes one of few places; nobody may hold it by sending byte after byte.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: BodyBytes, grace_s: float = GRACE_S) -> None:
        self._app, self._limit, self._grace_s = app, max_body_bytes, grace_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit(scope.get("path", "")) if callable(self._limit) else self._limit
        declared = dict(scope.get("headers", ())).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            answer = problem(413, "body.too_large", f"At most {limit} bytes 内容过大.", limit_bytes=limit)
            await answer(scope, receive, send)
            return
        taken, complete = 0, False
        began_at: float | None = None
        clock = asyncio.get_running_loop().time

        async def counted() -> Message:
            nonlocal taken, began_at, complete
            if complete:
                return await receive()
            began_at = clock() if began_at is None else began_at
            try:
                async with asyncio.timeout_at(began_at + self._grace_s + taken / BYTES_PER_S):
                    message = await receive()
            except TimeoutError as slow:
                raise TooSlow from slow
            taken += len(message.get("body", b""))
            if taken > limit:
                raise TooLarge
            complete = not message.get("more_body", False)
            return message

        await self._app(scope, counted, send)
