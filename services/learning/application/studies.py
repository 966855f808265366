"""学习: opening a study, and showing learners their own."""

from dataclasses import dataclass

import structlog

from services.learning.domain import Learner, PlaySession, Study
from services.learning.domain.access import owned_by
from services.learning.domain.hours import offers_enough
from services.learning.storage import Courses, Learners, PlaySessions, Studies
from shared.events.enrollment import LearningOpened, WindowExtended
from shared.events.terms import LessonKind

log = structlog.get_logger()


def open_study(studies: Studies, courses: Courses, opened: LearningOpened) -> Study:
    """开通学习 (R8). Raises NotFound and CourseUnpublished; the event is tried again later."""
    study = studies.add(Study.open(opened, courses.get(opened.course_id)), because=opened)
    for kind in LessonKind:
        if not offers_enough(kind, study.lessons, study.policy):
            log.error("course.too_short", course_id=study.course_id, enrollment_id=study.id, kind=kind)
    return study


def extend_window(studies: Studies, extended: WindowExtended) -> None:
    """学习期顺延 (R9). Raises NotFound until the study is open; the event is tried again later."""
    studies.update(
        extended.enrollment_id, lambda study: study.extend_window(extended.closes_at), because=extended
    )


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The person's own studies, as far as the session that goes on has come."""

    studies: Studies
    learners: Learners
    sessions: PlaySessions

    def all_of(self, person_id: str) -> tuple[list[Study], Learner]:
        """The person's newest 100 studies, the newest first, and the person as a learner."""
        learner = self.learners.of(person_id)
        session = self._playing(learner)
        return [_with(study, session) for study in self.studies.of_person(person_id)], learner

    def of(self, enrollment_id: str, person_id: str) -> tuple[Study, Learner]:
        """The person's own study, and the person as a learner. Raises NotFound, for a foreign study too."""
        study, learner = (
            self.studies.get(enrollment_id, authorise=owned_by(person_id)),
            self.learners.of(person_id),
        )
        return _with(study, self._playing(learner)), learner

    def page(self, person_id: str, number: int) -> list[Study]:
        """The person's own studies, the newest first; page `number` from 1."""
        session = self._playing(self.learners.of(person_id))
        mine = self.studies.page(number, order="-opened_at", person_id=person_id)
        return [_with(study, session) for study in mine]

    def _playing(self, learner: Learner) -> PlaySession | None:
        return self.sessions.find_one(learner.turn.session_id) if learner.turn else None


def _with(study: Study, session: PlaySession | None) -> Study:
    """The study as it will be once the session has ended; for looking at, it is not written."""
    if session and session.enrollment_id == study.id and session.lesson_id:
        study.lesson(session.lesson_id).absorb(session.covered_ms, session.checks)
    return study
