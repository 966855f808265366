"""What the endpoints of enrollment depend on."""

from typing import Annotated

from fastapi import Depends

from services.enrollment.runtime import EnrollmentRuntime
from shared.domain.principal import Principal
from shared.events.terms import Role
from shared.http.access import only, runtime_of

RuntimeDep = Annotated[EnrollmentRuntime, Depends(runtime_of(EnrollmentRuntime))]
STAFF = (Role.ORGANISATION, Role.PROVINCE, Role.OPERATOR, Role.AUDITOR)
Operator = Annotated[Principal, Depends(only(Role.OPERATOR))]
Staff = Annotated[Principal, Depends(only(*STAFF))]
