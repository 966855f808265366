"""Who asks, and the refusals of those who may not."""

from dataclasses import dataclass

from shared.domain.errors import DomainError, ErrorKind
from shared.events.terms import Role


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks. `person_id` is set for learners, `organisation` for organisation staff."""

    account_id: str
    role: Role
    person_id: str | None = None
    organisation: str | None = None
    session_id: str | None = None


class Unauthenticated(DomainError):
    """未登录: no token, or one that is not valid (RFC 6750)."""

    code = "token.invalid"
    kind = ErrorKind.UNAUTHENTICATED
    message = "Log in first: the access token is missing or not valid 请先登录."


class Forbidden(DomainError):
    """无权限: the role may not do this."""

    code = "role.forbidden"
    kind = ErrorKind.FORBIDDEN
    message = "Your role may not do this 您没有此操作的权限."
