"""播放: links that a `<video>` element can use, for it cannot send an access token."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.api.streaming import stream
from services.learning.domain.rendition import Quality
from shared.http.access import PersonId

router = APIRouter(tags=["videos 播放"])
STREAMED: dict[int | str, dict[str, Any]] = {
    206: {"description": "The range asked for"},
    403: {"description": "video.link_invalid, video.link_expired"},
    416: {"description": "range.unsatisfiable"},
}


class VideoLinkAnswer(BaseModel):
    """A link for the `src` of a video. Ask for another before it expires, and go on at the same position."""

    url: str = Field(description="Path below the gateway")
    expires_at: datetime
    quality: Quality
    qualities: list[Quality] = Field(description="What this lesson can be played in")


@router.get("/enrollments/{enrollment_id}/lessons/{lesson_id}/video-link")
def make_link(
    enrollment_id: str,
    lesson_id: str,
    person_id: PersonId,
    runtime: RuntimeDep,
    now: Now,
    response: Response,
    quality: Quality = Quality.ORIGINAL,
) -> VideoLinkAnswer:
    """A short-lived link to the video of a lesson 播放链接; 404 video.rendition_missing without a copy."""
    link, text = runtime.links.make(enrollment_id, lesson_id, quality, person_id=person_id, now=now)
    response.headers["Cache-Control"] = "no-store"
    path = f"/api/learning/lessons/{quote(lesson_id)}/videos/{quality}"
    return VideoLinkAnswer(
        url=f"{path}?link={text}",
        expires_at=link.expires_at,
        quality=quality,
        qualities=runtime.links.qualities(lesson_id),
    )


@router.get("/lessons/{lesson_id}/videos/{quality}", response_class=StreamingResponse, responses=STREAMED)
def play_video(
    lesson_id: str,
    quality: Quality,
    link: Annotated[str, Query(max_length=4_000)],
    runtime: RuntimeDep,
    now: Now,
    wanted: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    """The video, or a range of it, for who has a link 播放. Watching earns hours through reports only."""
    video = runtime.links.open(link, lesson_id, quality, now)
    return stream(runtime.videos, video, wanted, if_range)
