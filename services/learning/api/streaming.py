"""A video, or the range of it that is asked for (RFC 9110, sections 13 and 14)."""

from fastapi import Response
from fastapi.responses import StreamingResponse

from services.learning.adapters.videos import Videos
from services.learning.api.ranges import ByteRange, Unsatisfiable, parse_range
from services.learning.domain import Video
from shared.http.problems import problem


def stream(bucket: Videos, video: Video, wanted: str | None, if_range: str | None) -> Response:
    """200, 206 or 416. `wanted` and `if_range` are the headers; a range of another version is the whole."""
    unchanged = if_range in (None, _etag(video))
    try:
        part = parse_range(wanted if unchanged else None, video.size)
    except Unsatisfiable:
        return _unsatisfiable(video)
    return _send(bucket, video, part)


def _send(bucket: Videos, video: Video, part: ByteRange | None) -> Response:
    sent = part or ByteRange(first=0, length=video.size)
    headers = _headers(video) | {"Content-Length": str(sent.length)}
    if part:
        headers["Content-Range"] = part.content_range(video.size)
    pieces = bucket.stream(video.key, sent.first, sent.length)
    return StreamingResponse(
        pieces, status_code=206 if part else 200, media_type=video.content_type, headers=headers
    )


def _unsatisfiable(video: Video) -> Response:
    answer = problem(416, "range.unsatisfiable", "The video is shorter 请求的范围超出视频.", size=video.size)
    answer.headers["Content-Range"] = f"bytes */{video.size}"
    return answer


def _headers(video: Video) -> dict[str, str]:
    return {"Accept-Ranges": "bytes", "ETag": _etag(video), "Cache-Control": "private, max-age=3600"}


def _etag(video: Video) -> str:
    return f'"{video.sha256}"'
