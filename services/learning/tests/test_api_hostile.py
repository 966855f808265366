"""Bodies that break off, and bodies of nobody, at the upload of a part."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.types import Message

from services.learning.api import app
from services.learning.api.live import NoticeInput

PATH = "/api/learning/uploads/none/parts/1"


def put(headers: dict[str, str], *messages: Message) -> tuple[int, int]:
    """Status of the answer, and how many messages of the body were taken."""
    waiting, answered = [*messages], list[Message]()

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "PUT", "path": PATH, "headers": raw, "root_path": ""}
    more = {"query_string": b"", "http_version": "1.1", "scheme": "http"}
    asyncio.run(app(scope | more, receive, send))
    (status,) = [message["status"] for message in answered if message["type"] == "http.response.start"]
    return status, len(messages) - len(waiting)


PIECE: Message = {"type": "http.request", "body": b"x" * 1000, "more_body": True}
GONE: Message = {"type": "http.disconnect"}


@pytest.mark.usefixtures("client")
def test_no_body_is_taken_from_who_may_not_send_one():
    assert put({}, PIECE, PIECE, GONE) == (401, 0)


@pytest.mark.usefixtures("client")
def test_a_part_that_breaks_off_is_no_fault_of_ours(sign: Any):
    status, _ = put(sign("organisation", organisation="武汉培训"), PIECE, GONE)
    assert status == 400


@pytest.mark.parametrize("starts_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_does_not_have_is_refused(starts_at: str):
    notice = {"title": "答疑", "lecturer": "王老师", "minutes": 90, "link": "https://live.example/1"}
    with pytest.raises(ValidationError):
        NoticeInput.model_validate(notice | {"starts_at": starts_at})
