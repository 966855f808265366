"""What can go wrong for an operator, and the exit status by which a script tells it."""

from typing import ClassVar


class OperatorError(Exception):
    """The command has not done what was asked; the message says why and what to do."""

    status: ClassVar[int] = 1


class Unknown(OperatorError):
    """What was named does not exist, or a setting is missing."""

    status = 2


class Unreachable(OperatorError):
    """The broker or a database does not answer."""

    status = 3
