"""上传: large videos in parts, each small enough for the gateway (R22).

Start one with size and SHA-256 of the file, PUT each part as it is, complete it, and ask until it is ready.
"""

from asyncio import Semaphore
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.application.uploads import FileDescription
from services.learning.domain.upload import Upload, UploadState
from shared.http.access import OrganisationStaff
from shared.http.paging import Page

router = APIRouter(tags=["uploads 上传"])
MAX_PARTS_HELD = 32  # at once in this process: 256 MiB
STATE_ZH = {
    UploadState.OPEN: "上传中",
    UploadState.QUEUED: "检查中",
    UploadState.READY: "就绪",
    UploadState.USED: "已用于课时",
    UploadState.REFUSED: "不合格",
    UploadState.CANCELLED: "已取消",
    UploadState.FORGOTTEN: "已过期",
}


class UploadInput(BaseModel):
    """The file that is to come."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200, description="Name of the file, for people")
    size: int = Field(ge=1, le=1 << 50, description="bytes")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of the whole file, hexadecimal")


class PartAnswer(BaseModel):
    """A part that has come."""

    number: int
    size: int
    sha256: str


class RefusalAnswer(BaseModel):
    """Why the file cannot be used, and what to do."""

    code: str
    detail: str


class UploadSummary(BaseModel):
    """One upload of the organisation."""

    upload_id: str
    course_id: str
    name: str
    size: int
    sha256: str
    state: UploadState
    state_zh: str
    part_bytes: int = Field(description="Length of each part but the last")
    part_count: int
    parts_missing: int
    started_at: datetime
    duration_ms: int | None = Field(description="Found in the file, once it is ready")
    refusal: RefusalAnswer | None


class UploadAnswer(UploadSummary):
    """An upload with its parts. Part n is the file from (n - 1) × part_bytes."""

    parts: list[PartAnswer]
    missing: list[int] = Field(description="Numbers of the first 100 parts that have not come")


class UploadListing(BaseModel):
    """A page of uploads, the newest first."""

    uploads: list[UploadSummary]


_slots = Semaphore(MAX_PARTS_HELD)


async def _content(request: Request, who: OrganisationStaff) -> AsyncIterator[bytes]:
    """The body as it is, of somebody who may send it; others wait in the network, not in memory."""
    async with _slots:
        yield await request.body()


Content = Annotated[bytes, Depends(_content)]
RAW = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}


@router.post("/courses/{course_id}/uploads", status_code=201)
def start_upload(
    course_id: str, file: UploadInput, who: OrganisationStaff, runtime: RuntimeDep, now: Now
) -> UploadAnswer:
    """Start an upload, or take up the one of the same file 开始上传.

    409 upload.limit when too many are under way; 422 upload.size_invalid.
    """
    description = FileDescription(name=file.name, size=file.size, sha256=file.sha256)
    return _answer(runtime.video_uploads.start(who, course_id, description, now))


@router.get("/uploads")
def list_uploads(who: OrganisationStaff, runtime: RuntimeDep, page: Page = 1) -> UploadListing:
    """The organisation's uploads 上传列表; 50 a page."""
    return UploadListing(
        uploads=[_summary(upload) for upload in runtime.video_uploads.list_uploads(who, page)]
    )


@router.get("/uploads/{upload_id}")
def show_upload(upload_id: str, who: OrganisationStaff, runtime: RuntimeDep) -> UploadAnswer:
    """How far an upload is, and which parts are missing 上传进度."""
    return _answer(runtime.video_uploads.show(who, upload_id))


@router.put("/uploads/{upload_id}/parts/{number}", openapi_extra=RAW)
def put_part(
    upload_id: str,
    number: Annotated[int, Path(ge=1, le=100_000)],
    content: Content,
    who: OrganisationStaff,
    runtime: RuntimeDep,
    now: Now,
) -> UploadSummary:
    """Send one part; again replaces it 上传分片. 422 upload.part_invalid names its length."""
    return _summary(runtime.video_uploads.put_part(who, upload_id, number, content, now))


@router.post("/uploads/{upload_id}/completion", status_code=202)
def complete_upload(upload_id: str, who: OrganisationStaff, runtime: RuntimeDep, now: Now) -> UploadAnswer:
    """All parts have come: the file is examined 传完. 409 upload.parts_missing names the first."""
    return _answer(runtime.video_uploads.complete(who, upload_id, now))


@router.delete("/uploads/{upload_id}")
def cancel_upload(upload_id: str, who: OrganisationStaff, runtime: RuntimeDep, now: Now) -> UploadAnswer:
    """Cancel an upload 取消上传; what came is deleted."""
    return _answer(runtime.video_uploads.cancel(who, upload_id, now))


def _summary(upload: Upload) -> UploadSummary:
    refusal = upload.refusal
    return UploadSummary(
        upload_id=upload.id,
        course_id=upload.course_id,
        name=upload.name,
        size=upload.size,
        sha256=upload.sha256,
        state=upload.state,
        state_zh=STATE_ZH[upload.state],
        part_bytes=upload.part_bytes,
        part_count=upload.part_count,
        parts_missing=len(upload.missing),
        started_at=upload.started_at,
        duration_ms=upload.video.duration_ms if upload.video else None,
        refusal=RefusalAnswer(code=refusal.code, detail=refusal.detail) if refusal else None,
    )


def _answer(upload: Upload) -> UploadAnswer:
    parts = [PartAnswer(number=part.number, size=part.size, sha256=part.sha256) for part in upload.parts]
    return UploadAnswer(**dict(_summary(upload)), parts=parts, missing=upload.missing[:100])
