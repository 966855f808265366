"""What learning does when something happened elsewhere."""

import structlog

from services.learning.domain.hours import offers_enough
from services.learning.domain.learner import Learner
from services.learning.domain.study import Study
from services.learning.runtime import LearningRuntime
from services.learning.storage import Courses, Learners, Studies
from shared.domain.clock import utc_now
from shared.events.enrollment import DeclarationWithdrawn, LearningOpened
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, FaceCheckRequested, IdentityVerified
from shared.events.terms import LessonKind
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe

log = structlog.get_logger()


class LearningService(Service[LearningRuntime]):
    """学习: opens studies, lets verified people in, lets sessions play and pause."""

    name = "learning"
    runtime_class = LearningRuntime
    courses, studies, learners = Courses(), Studies(), Learners()

    @subscribe(LearningOpened)
    def open_study(self, event: LearningOpened) -> None:
        """开通学习. A course that is not there or not published yet is waited for on the retry ladder."""
        study = self.studies.add(Study.open(event, self.courses.get(event.course_id)), because=event)
        for kind in LessonKind:
            if not offers_enough(kind, study.lessons, study.policy):
                log.error("course.too_short", course_id=study.course_id, enrollment_id=study.id, kind=kind)

    @subscribe(DeclarationWithdrawn)
    def close_study(self, event: DeclarationWithdrawn) -> None:
        """本人强制办结."""
        learner = Learner(id=event.person_id)
        self.learners.upsert(learner, lambda it: it.withdraw(event.enrollment_id), because=event)

    @subscribe(IdentityVerified)
    def verify_learner(self, event: IdentityVerified) -> None:
        """实名认证通过."""
        self.learners.upsert(Learner(id=event.person_id), lambda it: it.verify(), because=event)

    @subscribe(FaceCheckRequested)
    def await_check(self, event: FaceCheckRequested) -> None:
        """人脸核验发起."""
        self.studies.update(event.enrollment_id, lambda it: it.request_check(event), because=event)

    @subscribe(FaceCheckPassed)
    def play(self, event: FaceCheckPassed) -> None:
        """人脸核验通过."""
        now = utc_now()
        self.studies.update(event.enrollment_id, lambda it: it.pass_check(event, now), because=event)

    @subscribe(FaceCheckFailed)
    def pause(self, event: FaceCheckFailed) -> None:
        """人脸核验不通过."""
        self.studies.update(event.enrollment_id, lambda it: it.fail_check(event), because=event)
