"""What a rule refuses, with a stable code that a client can rely on (RFC 9457)."""

from enum import Enum
from typing import ClassVar


class ErrorKind(Enum):
    """Why something is refused; the number is the HTTP status that says so (RFC 9110)."""

    MALFORMED = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    CONFLICT = 409
    INVALID = 422
    TOO_MANY = 429
    UNAVAILABLE = 503


class DomainError(Exception):
    """An expected refusal. Nothing has changed when it is raised.

    `message` is formatted with the details given to the constructor, which a client also receives.
    Details are ids, codes and measures, never personal data.
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
    message: ClassVar[str] = "The request is refused 请求被拒绝."

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.message.format(**details))


class NotFound(DomainError):
    """没有找到: it does not exist, or not for the one who asks."""

    code = "not_found"
    kind = ErrorKind.NOT_FOUND
    message = "{what} is not found 未找到."


class Contention(DomainError):
    """Too many writers changed the same thing at once; nothing was written, trying again is safe."""

    code = "contended"
    kind = ErrorKind.UNAVAILABLE
    message = "{what} is being changed by others; try again 请稍后重试."
