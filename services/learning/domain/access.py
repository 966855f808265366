"""Who may see and change a study or a course."""

from collections.abc import Callable

from services.learning.domain.course import Course
from services.learning.domain.play_session import PlaySession
from services.learning.domain.study import Study
from services.learning.domain.upload import Upload
from shared.domain.access import only_where


def owned_by(person_id: str) -> Callable[[Study], None]:
    """Authorises the learner whose study it is. Raises NotFound for anybody else."""
    return only_where(Study.__name__, person_id=person_id)


def run_by(organisation: str | None) -> Callable[[Course], None]:
    """Authorises the staff of the organisation whose course it is. Raises NotFound for anybody else."""
    return only_where(Course.__name__, organisation=organisation)


def played_by(person_id: str, enrollment_id: str) -> Callable[[PlaySession], None]:
    """Authorises the learner whose play session it is. Raises NotFound for anybody else."""
    return only_where("Session", person_id=person_id, enrollment_id=enrollment_id)


def managed_by(organisation: str | None) -> Callable[[Upload], None]:
    """Authorises the staff of the organisation whose upload it is. Raises NotFound for anybody else."""
    return only_where(Upload.__name__, organisation=organisation)
