"""What the endpoints depend on: the process they run in, and when the request came."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from services.learning.runtime import LearningApiRuntime
from shared.domain.clock import utc_now
from shared.http.access import runtime_of

RuntimeDep = Annotated[LearningApiRuntime, Depends(runtime_of(LearningApiRuntime))]


async def current_time() -> datetime:
    """Dependency: when the request came, taken before anything is read (application.playback says why)."""
    return utc_now()


Now = Annotated[datetime, Depends(current_time)]
