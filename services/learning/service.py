"""What learning does when something happened elsewhere."""

from services.learning.application import face_checks, learners, studies
from services.learning.runtime import LearningRuntime
from shared.domain.clock import utc_now
from shared.events.enrollment import DeclarationWithdrawn, LearningOpened, WindowExtended
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, FaceCheckRequested, IdentityVerified
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class LearningService(Service[LearningRuntime]):
    """学习: opens studies, lets verified people in, lets sessions play and pause."""

    runtime_class = LearningRuntime

    @subscribe(LearningOpened)
    def open_study(self, event: LearningOpened) -> None:
        """开通学习."""
        studies.open_study(self.runtime.studies, self.runtime.courses, event)

    @subscribe(DeclarationWithdrawn)
    def close_study(self, event: DeclarationWithdrawn) -> None:
        """本人强制办结."""
        learners.withdraw(self.runtime.learners, event)

    @subscribe(WindowExtended)
    def extend_window(self, event: WindowExtended) -> None:
        """学习期顺延."""
        studies.extend_window(self.runtime.studies, event)

    @subscribe(IdentityVerified)
    def verify_learner(self, event: IdentityVerified) -> None:
        """实名认证通过."""
        learners.verify(self.runtime.learners, event)

    @subscribe(FaceCheckRequested)
    def await_check(self, event: FaceCheckRequested) -> None:
        """人脸核验发起."""
        face_checks.request_check(self.runtime.studies, event)

    @subscribe(FaceCheckPassed)
    def play(self, event: FaceCheckPassed) -> None:
        """人脸核验通过."""
        face_checks.pass_check(self.runtime.studies, event, utc_now())

    @subscribe(FaceCheckFailed)
    def pause(self, event: FaceCheckFailed) -> None:
        """人脸核验不通过."""
        face_checks.fail_check(self.runtime.studies, event)
