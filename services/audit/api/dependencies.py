"""What every endpoint of audit depends on."""

from typing import Annotated

from fastapi import Depends

from services.audit.runtime import AuditRuntime
from shared.domain.principal import Principal
from shared.events.terms import Role
from shared.http.access import only, runtime_of

RuntimeDep = Annotated[AuditRuntime, Depends(runtime_of(AuditRuntime))]
Inspector = Annotated[Principal, Depends(only(Role.AUDITOR, Role.OPERATOR))]
