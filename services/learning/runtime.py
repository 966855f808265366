"""What a process of learning holds besides the common things."""

from typing import Any

from services.learning.adapters.videos import BUCKET, Videos
from services.learning.application.courses import CourseAuthoring
from services.learning.application.lessons import LessonContent
from services.learning.application.playback import Playback
from services.learning.settings import LearningSettings
from services.learning.storage import Courses, Learners, Studies
from shared.persistence.repository import Repository
from shared.runtime import Runtime


class LearningRuntime(Runtime[LearningSettings]):
    """学习: both processes."""

    name = "learning"
    settings_class = LearningSettings
    buckets = (BUCKET,)

    def __init__(self, settings: LearningSettings) -> None:
        super().__init__(settings)
        self.courses, self.studies, self.learners = Courses(), Studies(), Learners()
        self.videos = Videos(settings, BUCKET)
        self.authoring = CourseAuthoring(
            courses=self.courses, videos=self.videos, max_video_bytes=settings.video_max_bytes
        )
        self.playback = Playback(studies=self.studies, learners=self.learners)
        self.content = LessonContent(studies=self.studies, learners=self.learners, courses=self.courses)

    @property
    def repositories(self) -> tuple[Repository[Any], ...]:
        """All aggregates."""
        return (self.courses, self.studies, self.learners)
