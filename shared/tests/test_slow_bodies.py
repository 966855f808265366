"""Bodies that come slowly: cut off after a while, unless they come at a pace."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.types import Message

from shared.http.limits import BYTES_PER_S, BodyLimit
from shared.http.problems import add_problems

GRACE_S = 0.2


def an_app() -> FastAPI:
    app = FastAPI()

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.post("/json")
    async def parsed(body: dict[str, int]) -> int:
        return len(body)

    add_problems(app)
    app.add_middleware(BodyLimit, max_body_bytes=1_000_000, grace_s=GRACE_S)
    return app


def status_of(path: str, *pieces: bytes, pause_s: float) -> int:
    """Of the answer to a body whose pieces come with a pause before each; the last is followed by silence."""
    answered, waiting = list[Message](), [*pieces]

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        await asyncio.sleep(pause_s)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting) or unfinished}

    async def send(message: Message) -> None:
        answered.append(message)

    unfinished = pieces[-1] != b""
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "root_path": ""}
    headers = [(b"content-type", b"application/json")]
    more = {"headers": headers, "query_string": b"", "http_version": "1.1", "scheme": "http"}
    asyncio.run(asyncio.wait_for(an_app()(scope | more, receive, send), 10))
    return next(int(each["status"]) for each in answered if each["type"] == "http.response.start")


@pytest.mark.parametrize("path", ["/raw", "/json"])
def test_a_body_that_does_not_come_is_cut_off(path: str) -> None:
    assert status_of(path, b"{", pause_s=0) == 408


def test_a_body_that_comes_byte_by_byte_is_cut_off() -> None:
    assert status_of("/raw", *[b"x"] * 100, b"", pause_s=GRACE_S / 10) == 408


def test_a_body_that_comes_at_a_pace_may_take_its_time() -> None:
    piece = b"x" * BYTES_PER_S
    assert status_of("/raw", *[piece] * 10, b"", pause_s=GRACE_S / 4) == 200
