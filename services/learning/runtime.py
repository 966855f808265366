"""What a process of learning holds besides the common things."""

from functools import cached_property
from typing import ClassVar

from services.learning.adapters.videos import BUCKET, Videos
from services.learning.application.courses import CourseAuthoring
from services.learning.application.lessons import LessonContent
from services.learning.application.playback import Playback
from services.learning.application.studies import Progress
from services.learning.settings import LearningEventsSettings, LearningSettings
from services.learning.storage import SERVICE, Courses, Learners, PlaySessions, Studies
from shared.runtime import Runtime
from shared.security.leases import LeaseOpener
from shared.settings import ServiceSettings


class LearningRuntime(Runtime[LearningSettings]):
    """学习: what both processes hold."""

    name = SERVICE
    settings_class: ClassVar[type[ServiceSettings]] = LearningSettings

    def __init__(self, settings: LearningSettings) -> None:
        super().__init__(settings)
        self.courses, self.studies, self.learners = Courses(), Studies(), Learners()
        self.sessions = PlaySessions()


class LearningEventsRuntime(LearningRuntime):
    """The events process, which needs no bucket and starts while S3 is away."""

    settings_class = LearningEventsSettings
    settings: LearningEventsSettings

    @cached_property
    def leases(self) -> LeaseOpener:
        """Reads how far a passed check lets credit run; no other process of ours can."""
        return LeaseOpener(self.settings.lease_private_key)


class LearningApiRuntime(LearningRuntime):
    """The api process, which stores and streams videos."""

    buckets = (BUCKET,)

    def __init__(self, settings: LearningSettings) -> None:
        super().__init__(settings)
        self.videos = Videos(settings, BUCKET)
        self.authoring = CourseAuthoring(
            courses=self.courses, videos=self.videos, max_video_bytes=settings.video_max_bytes
        )
        self.playback = Playback(studies=self.studies, learners=self.learners, sessions=self.sessions)
        self.progress = Progress(studies=self.studies, learners=self.learners, sessions=self.sessions)
        self.content = LessonContent(studies=self.studies, learners=self.learners, courses=self.courses)
