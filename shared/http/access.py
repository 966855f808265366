"""Dependencies of an endpoint: the process it runs in, and who asks."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.domain.principal import Forbidden, Principal, Unauthenticated
from shared.events.terms import Role
from shared.runtime import Runtime

R = TypeVar("R", bound=Runtime[Any])
_bearer = HTTPBearer(auto_error=False, description="Access token from identity (ES256 JWT)")


def runtime_of(runtime_class: type[R]) -> Callable[[Request], Awaitable[R]]:
    """Dependency: the runtime of this process, which is of the service's own class."""

    async def provide(request: Request) -> R:
        runtime = request.app.state.runtime
        if not isinstance(runtime, runtime_class):
            raise TypeError(f"this process runs {type(runtime).__name__}, not {runtime_class.__name__}")
        return runtime

    return provide


async def principal(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    """Dependency: who asks. Raises Unauthenticated.

    None of these waits for anything, so none is worth a thread: to verify takes 0.1 ms, once for each token,
    and to hand over to a thread and back takes longer.
    """
    if bearer is None:
        raise Unauthenticated()
    verified: Principal = request.app.state.runtime.verify_token(bearer.credentials)
    return verified


def only(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """Dependency: who asks, if in one of these roles. Raises Unauthenticated, Forbidden."""

    async def check(who: Annotated[Principal, Depends(principal)]) -> Principal:
        if who.role not in roles:
            raise Forbidden()
        return who

    return check


async def person_of(learner: Annotated[Principal, Depends(only(Role.LEARNER))]) -> str:
    """Dependency: the id of the learner who asks. Raises Unauthenticated; Forbidden also without a person."""
    if learner.person_id is None:
        raise Forbidden()
    return learner.person_id


Anyone = Annotated[Principal, Depends(principal)]
Learner = Annotated[Principal, Depends(only(Role.LEARNER))]
OrganisationStaff = Annotated[Principal, Depends(only(Role.ORGANISATION))]
PersonId = Annotated[str, Depends(person_of)]
ProvinceStaff = Annotated[Principal, Depends(only(Role.PROVINCE))]
Auditor = Annotated[Principal, Depends(only(Role.AUDITOR))]
