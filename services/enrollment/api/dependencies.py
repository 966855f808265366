"""What the endpoints of enrollment depend on."""

from typing import Annotated

from fastapi import Depends

from services.enrollment.runtime import EnrollmentRuntime
from shared.http.access import runtime_of

RuntimeDep = Annotated[EnrollmentRuntime, Depends(runtime_of(EnrollmentRuntime))]
