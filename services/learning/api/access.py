"""What the endpoints share: who may see which study, and what a change answers."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends

from services.learning.domain import Learner, Study
from services.learning.storage import Courses, Learners, Studies
from shared.domain.aggregate import Aggregate
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.persistence.repository import Repository

courses, studies, learners = Courses(), Studies(), Learners()
A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")


def current_time() -> datetime:
    """Dependency: when the request came, taken before anything is read."""
    return utc_now()


Now = Annotated[datetime, Depends(current_time)]


def own_study(enrollment_id: str, who: Principal) -> Study:
    """The learner's own study. Raises NotFound for a foreign one too, so that none can be guessed."""
    study = studies.get(enrollment_id)
    if study.person_id != who.person_id:
        raise NotFound(what="Study")
    return study


def learner_of(study: Study) -> Learner:
    """The person's standing; somebody of whom nothing is known yet is not verified (R16)."""
    try:
        return learners.get(study.person_id)
    except NotFound:
        return Learner(id=study.person_id)


def decide(repository: Repository[A], id: str, change: Callable[[A], T]) -> T:
    """`update`, and what `change` answered in the attempt that was written."""
    answers: list[T] = []
    repository.update(id, lambda it: answers.append(change(it)))
    return answers[-1]
