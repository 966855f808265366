"""What turns secrets into what may be stored: password hashes, keyed digests, one-time passwords."""

import base64
import hashlib
import hmac
import os
from datetime import datetime
from threading import BoundedSemaphore

import pyotp
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

ISSUER = "Xueshi 学时"
TOTP_SEALED_AS = "totp"
OTP_SECONDS = 30  # RFC 6238
OTP_SLACK = 1  # steps that a clock may be off


class Passwords:
    """argon2id with OWASP's parameters (19 MiB, two passes, one lane), on as many cores as there are."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
        self._cores = BoundedSemaphore(os.cpu_count() or 1)  # bounds the memory that a flood of logins takes
        self._nobody = self.hash(os.urandom(16).hex())

    def hash(self, password: str) -> str:
        """A salted hash in PHC string format."""
        with self._cores:
            return self._argon2.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; takes as long when nothing is stored."""
        try:
            with self._cores:
                return self._argon2.verify(stored or self._nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


class Digests:
    """Keyed digests (HMAC-SHA-256): what is short enough to guess cannot be guessed from the database."""

    def __init__(self, pepper: str) -> None:
        self._key = base64.b64decode(pepper)

    def of(self, purpose: str, *parts: str) -> str:
        """64 hexadecimal digits, different for each purpose."""
        message = "\x1f".join(("identity", purpose, *parts)).encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def otp_step(secret: str, otp: str, now: datetime) -> int | None:
    """The 30-second time step of a one-time password, the present one or a neighbour; None when wrong."""
    totp, present = pyotp.TOTP(secret, interval=OTP_SECONDS), int(now.timestamp()) // OTP_SECONDS
    steps = range(present - OTP_SLACK, present + OTP_SLACK + 1)
    return next((it for it in steps if hmac.compare_digest(totp.at(it * OTP_SECONDS), otp)), None)


def otpauth_uri(secret: str, username: str) -> str:
    """What an authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
