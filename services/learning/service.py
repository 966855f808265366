"""What learning does when something happened elsewhere."""

from nameko.timer import timer

from services.learning.application import face_checks, learners, ledger, playback, studies
from services.learning.runtime import LearningEventsRuntime
from shared.domain.clock import utc_now
from shared.events.enrollment import (
    DeclarationWithdrawn,
    EnrollmentBarred,
    EnrollmentResumed,
    EnrollmentSuspended,
    LearningOpened,
    WindowExtended,
)
from shared.events.learning import PlaybackRecorded, SessionEnded
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified, ScheduleDrawn
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class LearningService(Service[LearningEventsRuntime]):
    """学习: opens studies, lets verified people in, lets sessions play and ends them."""

    runtime_class = LearningEventsRuntime

    @subscribe(LearningOpened)
    def open_study(self, event: LearningOpened) -> None:
        """开通学习."""
        studies.open_study(self.runtime.studies, self.runtime.courses, event)

    @subscribe(DeclarationWithdrawn)
    def close_study(self, event: DeclarationWithdrawn) -> None:
        """本人强制办结."""
        learners.withdraw(self.runtime.learners, event)
        playback.stop(
            self.runtime.learners, self.runtime.sessions, event.person_id, event.enrollment_id, utc_now()
        )

    @subscribe(WindowExtended)
    def extend_window(self, event: WindowExtended) -> None:
        """学习期顺延."""
        studies.extend_window(self.runtime.studies, event)
        playback.extend_window(self.runtime.learners, self.runtime.sessions, event)

    @subscribe(EnrollmentSuspended)
    @subscribe(EnrollmentBarred)
    def stop(self, event: EnrollmentSuspended | EnrollmentBarred) -> None:
        """暂停学习, 除名; one that comes after it was lifted ends no session."""
        if learners.stop(self.runtime.learners, event).is_stopped(event.enrollment_id):
            playback.stop(
                self.runtime.learners, self.runtime.sessions, event.person_id, event.enrollment_id, utc_now()
            )

    @subscribe(EnrollmentResumed)
    def resume(self, event: EnrollmentResumed) -> None:
        """恢复学习."""
        learners.stop(self.runtime.learners, event)

    @subscribe(IdentityVerified)
    def verify_learner(self, event: IdentityVerified) -> None:
        """实名认证通过."""
        learners.verify(self.runtime.learners, event)

    @subscribe(ScheduleDrawn)
    def answer_draw(self, event: ScheduleDrawn) -> None:
        """抽签应答."""
        face_checks.answer_draw(self.runtime.sessions, event)

    @subscribe(FaceCheckPassed)
    def play(self, event: FaceCheckPassed) -> None:
        """人脸核验通过."""
        face_checks.pass_check(
            self.runtime.studies, self.runtime.sessions, self.runtime.leases, event, utc_now()
        )

    @subscribe(FaceCheckFailed)
    def pause(self, event: FaceCheckFailed) -> None:
        """人脸核验不通过."""
        face_checks.fail_check(self.runtime.sessions, event, utc_now())

    @subscribe(SessionEnded)
    def settle(self, event: SessionEnded) -> None:
        """散场."""
        playback.settle(self.runtime.studies, self.runtime.sessions, event, utc_now)

    @subscribe(PlaybackRecorded)
    def keep_ledger(self, event: PlaybackRecorded) -> None:
        """记账."""
        ledger.keep(self.runtime.ledger, event)

    @timer(interval=1)
    def pass_time(self) -> None:
        """Silence and the end of the study window (R9, R23)."""
        playback.pass_time(self.runtime.sessions, utc_now)
