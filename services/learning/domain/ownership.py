"""Who may see and change a study or a course. To others it does not exist, so that no id can be guessed."""

from collections.abc import Callable

from services.learning.domain.course import Course
from services.learning.domain.study import Study
from shared.domain.errors import NotFound


def owned_by(person_id: str) -> Callable[[Study], None]:
    """Authorises the learner whose study it is. Raises NotFound for anybody else."""

    def check(study: Study) -> None:
        if study.person_id != person_id:
            raise NotFound(what="Study")

    return check


def run_by(organisation: str | None) -> Callable[[Course], None]:
    """Authorises the staff of the organisation whose course it is. Raises NotFound for anybody else."""

    def check(course: Course) -> None:
        if course.organisation != organisation:
            raise NotFound(what="Course")

    return check
