"""What the endpoints of proctor depend on: the process they run in."""

from typing import Annotated

from fastapi import Depends

from services.proctor.runtime import ProctorApiRuntime
from shared.http.access import runtime_of

RuntimeDep = Annotated[ProctorApiRuntime, Depends(runtime_of(ProctorApiRuntime))]
