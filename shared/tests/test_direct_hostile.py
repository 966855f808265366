"""What a hostile client sends to the short way is refused as FastAPI refuses it, and is no fault of ours."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message

from shared.tests.test_direct import PATH, client_of, shop

JSON = {"content-type": "application/json", "x-buyer": "li"}
BODIES = {
    "nested lists": b"[" * 60_000,
    "nested objects": b'{"count":' * 7_000,
    "a number without end": b'{"count":' + b"9" * 5_000 + b',"price":1}',
    "half a surrogate": b'{"count":1,"price":1,"\\ud800":1}',
    "another encoding": '{"count":1,"price":1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"count":1,"price":1}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_both_ways_answer_the_same(body: bytes) -> None:
    short, long = (
        client_of(shop(short=short)).post(PATH, content=body, headers=JSON) for short in (True, False)
    )
    assert (short.status_code, short.text) == (long.status_code, long.text)
    assert short.status_code < 500


@pytest.mark.parametrize("short", [True, False])
def test_a_client_that_hangs_up_within_its_body_is_no_fault_of_ours(short: bool) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"count":', "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"60")]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": PATH, "headers": headers}
    more = {"query_string": b"", "http_version": "1.1", "root_path": "", "scheme": "http"}
    asyncio.run(shop(short=short)(scope | more, receive, send))
    assert [message["status"] for message in answered if message["type"] == "http.response.start"] == [400]
