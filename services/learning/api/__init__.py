"""What a front end may ask of learning 学习服务."""

import re

from services.learning.api import (
    course_view,
    courses,
    ledger,
    lessons,
    live,
    playback,
    practice,
    studies,
    uploads,
    videos,
)
from services.learning.domain.upload import PART_BYTES
from services.learning.runtime import LearningApiRuntime
from shared.http.application import service_api

MAX_JSON_BYTES = 64 * 1024
_FILES = re.compile(r"/courses/[^/]+/lessons$|/uploads/[^/]+/parts/[^/]+$")


def body_limit(path: str) -> int:
    """A lesson with a small video, and a part of a large one, are as large as the gateway lets through."""
    return PART_BYTES if _FILES.search(path) else MAX_JSON_BYTES


app = service_api(
    title="Xueshi learning 学时 · 学习服务",
    routers=[
        courses.router,
        uploads.router,
        studies.router,
        ledger.router,
        playback.router,
        lessons.router,
        videos.router,
        course_view.router,
        practice.router,
        live.router,
    ],
    runtime_class=LearningApiRuntime,
    max_body_bytes=body_limit,
    hot=[playback.report_position],
)
