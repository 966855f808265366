"""Passwords (密码) as they are stored: argon2id."""

import os
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """argon2id with OWASP's parameters (19 MiB, two passes, one lane), on as many cores as there are."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
        self._cores = BoundedSemaphore(os.cpu_count() or 1)  # bounds the memory that a flood of logins takes
        self._of_nobody = self.hash(os.urandom(16).hex())

    def hash(self, password: str) -> str:
        """A salted hash in PHC string format."""
        with self._cores:
            return self._argon2.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; takes as long when nothing is stored."""
        try:
            with self._cores:
                return self._argon2.verify(stored or self._of_nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False
