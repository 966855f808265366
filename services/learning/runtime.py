"""What a process of learning holds besides the common things."""

from functools import cached_property
from typing import ClassVar

from services.learning.adapters.link_signatures import LinkSigner
from services.learning.adapters.videos import BUCKET, Videos
from services.learning.application.course_view import CourseViews
from services.learning.application.courses import CourseAuthoring
from services.learning.application.ledger import LedgerReading
from services.learning.application.lessons import LessonContent
from services.learning.application.live import LiveRoom
from services.learning.application.media import MediaWork
from services.learning.application.playback import Playback
from services.learning.application.practice import PracticeRoom, QuestionBank
from services.learning.application.studies import Progress
from services.learning.application.uploads import VideoUploads
from services.learning.application.video_links import VideoLinks
from services.learning.settings import LearningEventsSettings, LearningSettings
from services.learning.storage import (
    SERVICE,
    Courses,
    Learners,
    Ledger,
    LiveSessions,
    PlaySessions,
    PracticeQuestions,
    Practices,
    Renditions,
    Studies,
    Uploads,
)
from shared.runtime import Runtime
from shared.security.leases import LeaseOpener
from shared.settings import ServiceSettings


class LearningRuntime(Runtime[LearningSettings]):
    """学习: what each process holds."""

    name = SERVICE
    settings_class: ClassVar[type[ServiceSettings]] = LearningSettings

    def __init__(self, settings: LearningSettings) -> None:
        super().__init__(settings)
        self.courses, self.studies, self.learners = Courses(), Studies(), Learners()
        self.sessions, self.uploads, self.renditions = PlaySessions(), Uploads(), Renditions()
        self.ledger = Ledger()


class LearningEventsRuntime(LearningRuntime):
    """The events process, which needs no bucket and starts while S3 is away."""

    settings_class = LearningEventsSettings
    settings: LearningEventsSettings

    @cached_property
    def leases(self) -> LeaseOpener:
        """Reads how far a passed check lets credit run; no other process of ours can."""
        return LeaseOpener(self.settings.lease_private_key)


class LearningApiRuntime(LearningRuntime):
    """The processes that store and read videos: the api and the worker."""

    buckets = (BUCKET,)

    def __init__(self, settings: LearningSettings) -> None:
        super().__init__(settings)
        self.videos = Videos(settings, BUCKET)
        self.authoring = CourseAuthoring(
            courses=self.courses,
            uploads=self.uploads,
            renditions=self.renditions,
            videos=self.videos,
            max_video_bytes=settings.video_max_bytes,
        )
        self.video_uploads = VideoUploads(
            uploads=self.uploads,
            courses=self.courses,
            videos=self.videos,
            max_video_bytes=settings.video_max_bytes,
            max_under_way=settings.uploads_under_way,
        )
        self.media = MediaWork(
            courses=self.courses,
            uploads=self.uploads,
            renditions=self.renditions,
            videos=self.videos,
            threads=settings.rendition_threads,
        )
        self.playback = Playback(studies=self.studies, learners=self.learners, sessions=self.sessions)
        self.progress = Progress(studies=self.studies, learners=self.learners, sessions=self.sessions)
        self.hours = LedgerReading(
            studies=self.studies,
            courses=self.courses,
            learners=self.learners,
            sessions=self.sessions,
            ledger=self.ledger,
        )
        self.content = LessonContent(studies=self.studies, learners=self.learners, courses=self.courses)
        self.questions, self.practices = PracticeQuestions(), Practices()
        self.live_sessions = LiveSessions()
        self.question_bank = QuestionBank(courses=self.courses, questions=self.questions)
        self.practice_room = PracticeRoom(
            studies=self.studies,
            learners=self.learners,
            questions=self.questions,
            practices=self.practices,
        )
        self.live_room = LiveRoom(
            courses=self.courses,
            studies=self.studies,
            learners=self.learners,
            live_sessions=self.live_sessions,
        )
        self.course_views = CourseViews(progress=self.progress, courses=self.courses)
        self.links = VideoLinks(
            self.content,
            self.courses,
            self.renditions,
            LinkSigner(settings.video_link_key),
            settings.video_link_seconds,
        )
