"""Refusals: what a rule says no to, with a stable code that a client can rely on (RFC 9457)."""

from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """Why something is refused; the number is the HTTP status that says so (RFC 9110)."""

    MALFORMED = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    CONFLICT = 409
    INVALID = 422
    TOO_MANY = 429
    UNAVAILABLE = 503


class Refused(Exception):
    """An expected refusal. Nothing has changed when it is raised.

    `says` is formatted with the facts given to the constructor, which a client also receives.
    Facts are ids, codes and measures, never personal data.
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = Kind.INVALID
    says: ClassVar[str] = "The request is refused 请求被拒绝."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.says.format(**facts))


class NotFound(Refused):
    """没有找到: it does not exist, or not for the one who asks."""

    code = "not_found"
    kind = Kind.NOT_FOUND
    says = "{what} is not found 未找到."


class Contended(Refused):
    """Too many writers changed the same thing at once; nothing was written, trying again is safe."""

    code = "contended"
    kind = Kind.UNAVAILABLE
    says = "{what} is being changed by others; try again 请稍后重试."
