"""Who may see and change a study or a course."""

from collections.abc import Callable

from services.learning.domain.course import Course
from services.learning.domain.play_session import PlaySession
from services.learning.domain.study import Study
from services.learning.domain.upload import Upload
from shared.domain.access import only_where
from shared.domain.principal import Forbidden, Principal
from shared.events.terms import Role


def owned_by(person_id: str | None) -> Callable[[Study], None]:
    """Authorises the learner whose study it is. Raises NotFound for anybody else."""
    return only_where(Study.__name__, person_id=person_id)


def run_by(organisation: str | None) -> Callable[[Course], None]:
    """Authorises the staff of the organisation whose course it is. Raises NotFound for anybody else."""
    return only_where(Course.__name__, organisation=organisation)


def check_may_see_hours(who: Principal, study: Study, course: Course) -> None:
    """The learner whose study it is, the staff of its course's organisation, any auditor.

    Raises NotFound for other learners and organisations, Forbidden for other roles.
    """
    if who.role is Role.LEARNER:
        owned_by(who.person_id)(study)
    elif who.role is Role.ORGANISATION:
        only_where(Study.__name__, organisation=who.organisation)(course)
    elif who.role is not Role.AUDITOR:
        raise Forbidden()


def played_by(person_id: str, enrollment_id: str) -> Callable[[PlaySession], None]:
    """Authorises the learner whose play session it is. Raises NotFound for anybody else."""
    return only_where("Session", person_id=person_id, enrollment_id=enrollment_id)


def managed_by(organisation: str | None) -> Callable[[Upload], None]:
    """Authorises the staff of the organisation whose upload it is. Raises NotFound for anybody else."""
    return only_where(Upload.__name__, organisation=organisation)
