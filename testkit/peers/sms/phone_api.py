"""The receiver's side: what a learner's phone shows. Not part of the operator's API."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel

router = APIRouter(prefix="/phone", tags=["phone"])


class Message(BaseModel):
    """短信 on a phone, with the sender's OutId for the tests."""

    text: str
    out_id: str
    received_at: datetime


@router.get("/{number}/messages")
async def messages(request: Request, number: str) -> list[Message]:
    """The messages on this phone, oldest first."""
    return [
        Message(
            text=row["text"], out_id=row["out_id"], received_at=datetime.fromtimestamp(row["sent_at"], UTC)
        )
        for row in request.app.state.messages.on_phone(number)
    ]
