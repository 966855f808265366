"""Which event, or the clock, starts which use case of proctor."""

from nameko.timer import timer

from services.proctor.adapters.work_queue import WorkQueue
from services.proctor.application import checks, consent, photos, sessions, verifications
from services.proctor.runtime import ProctorEventsRuntime
from shared.domain.clock import utc_now
from shared.events.enrollment import DeclarationSubmitted
from shared.events.learning import CheckDue, LessonEntered, ScheduleMixed, SessionEnded
from shared.events.proctor import ConsentWithdrawn, JobDone, JobKind
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class ProctorService(Service[ProctorEventsRuntime]):
    """实名认证与人脸核验: judges what the face worker measured, and proctors play sessions."""

    runtime_class = ProctorEventsRuntime
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
                runtime = self.runtime
                checks.conclude(runtime.sessions, runtime.seeds, runtime.leases, event, utc_now())

    @subscribe(LessonEntered)
    def begin_session(self, event: LessonEntered) -> None:
        """抽签: the promise, and nothing else (R17)."""
        sessions.begin(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @subscribe(ScheduleMixed)
    def mix_schedule(self, event: ScheduleMixed) -> None:
        """抽签应答: the start check (R17)."""
        sessions.mix(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @subscribe(CheckDue)
    def request_unforeseen_check(self, event: CheckDue) -> None:
        """应核验: the unforeseen check (R17)."""
        sessions.request_unforeseen(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @subscribe(SessionEnded)
    def end_session(self, event: SessionEnded) -> None:
        """播放结束: what was left counts as missed, and the seed is revealed (R17, R18)."""
        sessions.end(self.runtime.sessions, self.runtime.seeds, event, utc_now())

    @timer(interval=1)
    def pass_time(self) -> None:
        """Deadlines and cool-downs (R18)."""
        sessions.pass_time(self.runtime.sessions, utc_now)
