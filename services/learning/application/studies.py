"""学习: opening a study, and showing learners their own."""

import structlog

from services.learning.domain import Learner, Study
from services.learning.domain.access import owned_by
from services.learning.domain.hours import offers_enough
from services.learning.storage import Courses, Learners, Studies
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


def list_studies(studies: Studies, learners: Learners, person_id: str) -> tuple[list[Study], Learner]:
    """The person's newest 100 studies, the newest first, and the person as a learner."""
    return studies.of_person(person_id), learners.of(person_id)


def show_study(
    studies: Studies, learners: Learners, enrollment_id: str, person_id: str
) -> tuple[Study, Learner]:
    """The person's own study, and the person as a learner. Raises NotFound, for a foreign study too."""
    return own_study(studies, enrollment_id, person_id), learners.of(person_id)


def own_study(studies: Studies, enrollment_id: str, person_id: str) -> Study:
    """The person's own study. Raises NotFound, for a foreign one too."""
    return studies.get(enrollment_id, authorise=owned_by(person_id))
