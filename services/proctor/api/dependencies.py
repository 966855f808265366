"""What the endpoints of proctor depend on: the process they run in, and the person who asks."""

from typing import Annotated

from fastapi import Depends

from services.proctor.runtime import ProctorApiRuntime
from shared.domain.principal import Forbidden
from shared.http.access import Learner, runtime_of


def person_id(learner: Learner) -> str:
    """The learner's person. Raises Unauthenticated, Forbidden also for an account without one."""
    if learner.person_id is None:
        raise Forbidden()
    return learner.person_id


RuntimeDep = Annotated[ProctorApiRuntime, Depends(runtime_of(ProctorApiRuntime))]
PersonId = Annotated[str, Depends(person_id)]
