"""What the endpoints depend on: the process, the learner who asks, and when."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from services.learning.runtime import LearningRuntime
from shared.domain.clock import utc_now
from shared.http.access import Learner, runtime_of

RuntimeDep = Annotated[LearningRuntime, Depends(runtime_of(LearningRuntime))]


async def current_time() -> datetime:
    """Dependency: when the request came, taken before anything is read (application.playback says why)."""
    return utc_now()


async def person_of(who: Learner) -> str:
    """Dependency: the id of the learner who asks; one without a person owns nothing."""
    return who.person_id or ""


Now = Annotated[datetime, Depends(current_time)]
PersonId = Annotated[str, Depends(person_of)]
