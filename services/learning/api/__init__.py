"""What a front end may ask of learning 学习服务."""

from services.learning.api import courses, lessons, playback, studies
from services.learning.runtime import LearningApiRuntime
from shared.http.application import service_api

MAX_JSON_BYTES, MAX_UPLOAD_BYTES = 64 * 1024, 513 * 1024 * 1024  # a video of 512 MiB and its form


def body_limit(path: str) -> int:
    """Only the upload of a lesson is large; XUESHI_VIDEO_MAX_BYTES limits its video further."""
    return MAX_UPLOAD_BYTES if path.endswith("/lessons") else MAX_JSON_BYTES


app = service_api(
    title="Xueshi learning 学时 · 学习服务",
    routers=[courses.router, studies.router, playback.router, lessons.router],
    runtime_class=LearningApiRuntime,
    max_body_bytes=body_limit,
    hot=[playback.report_position],
)
