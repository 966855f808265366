"""What an endpoint of certificate needs: the runtime of its process, and who may read records."""

from typing import Annotated

from fastapi import Depends

from services.certificate.runtime import CertificateRuntime
from shared.domain.principal import Principal
from shared.events.terms import Role
from shared.http.access import only, runtime_of

RuntimeDep = Annotated[CertificateRuntime, Depends(runtime_of(CertificateRuntime))]
Reader = Annotated[Principal, Depends(only(Role.LEARNER, Role.ORGANISATION, Role.PROVINCE))]
