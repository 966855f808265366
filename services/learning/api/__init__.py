"""What a front end may ask of learning 学习服务."""

from services.learning.adapters.videos import BUCKET
from services.learning.api import courses, lessons, playback, studies
from services.learning.settings import LearningSettings
from services.learning.storage import Courses, Learners, Studies
from shared.api import service_api

JSON_BYTES, UPLOAD_BYTES = 64 * 1024, 513 * 1024 * 1024  # a video of 512 MiB and what surrounds it


def body_limit(path: str) -> int:
    """Only the upload of a lesson is large; XUESHI_VIDEO_MAX_BYTES limits its video further."""
    return UPLOAD_BYTES if path.endswith("/lessons") else JSON_BYTES


app = service_api(
    name="learning",
    title="Xueshi learning 学时 · 学习服务",
    routers=[courses.router, studies.router, playback.router, lessons.router],
    repositories=[Courses(), Studies(), Learners()],
    settings_class=LearningSettings,
    buckets=(BUCKET,),
    max_body_bytes=body_limit,
)
