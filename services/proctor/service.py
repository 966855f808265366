"""Which event, or the clock, starts which use case of proctor."""

from nameko.timer import timer

from services.proctor.adapters.work_queue import WorkQueue
from services.proctor.application import checks, consent, photos, sessions, verifications
from services.proctor.runtime import ProctorRuntime
from shared.domain.clock import utc_now
from shared.events.enrollment import DeclarationSubmitted
from shared.events.learning import LessonCompleted, LessonEntered, LessonPaused, PlaybackCredited
from shared.events.proctor import ConsentWithdrawn, JobDone, JobKind
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class ProctorService(Service[ProctorRuntime]):
    """实名认证与人脸核验: judges what the face worker measured, and proctors play sessions."""

    runtime_class = ProctorRuntime
    work_queue = WorkQueue()

    @subscribe(DeclarationSubmitted)
    def adopt_photo(self, event: DeclarationSubmitted) -> None:
        """The declared photo becomes the person's (R2)."""
        photos.adopt(self.runtime.photos, self.runtime.profiles, self.runtime.images, event)

    @subscribe(ConsentWithdrawn)
    def delete_references(self, event: ConsentWithdrawn) -> None:
        """撤回同意: what checks were compared with is deleted (R16)."""
        consent.delete_references(self.runtime.profiles, self.runtime.images, event)

    @subscribe(JobDone)
    def conclude(self, event: JobDone) -> None:
        """The face worker's answer goes to what asked for it (R3, R16, R18)."""
        match event.kind:
            case JobKind.PHOTO:
                rules = self.runtime.settings.photo_rules
                photos.conclude(self.runtime.photos, self.runtime.images, rules, event)
            case JobKind.LIVENESS:
                verifications.conclude(self.runtime.profiles, self.runtime.images, event)
            case JobKind.CHECK:
                checks.conclude(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @subscribe(LessonEntered)
    def begin_session(self, event: LessonEntered) -> None:
        """抽签 and the start check (R17)."""
        sessions.begin(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @subscribe(PlaybackCredited)
    def follow(self, event: PlaybackCredited) -> None:
        """The unforeseen check, when its moment has come (R17)."""
        sessions.follow(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @subscribe(LessonPaused)
    def end_session(self, event: LessonPaused) -> None:
        """The session is over, its seed is revealed (R17)."""
        sessions.end(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @subscribe(LessonCompleted)
    def end_sessions(self, event: LessonCompleted) -> None:
        """The sessions of the lesson are over, their seeds are revealed (R17)."""
        sessions.end_all_of(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @timer(interval=1)
    def pass_time(self) -> None:
        """Deadlines and cool-downs (R18)."""
        sessions.pass_time(self.runtime.sessions, utc_now)
