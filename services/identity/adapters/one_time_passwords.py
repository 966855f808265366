"""One-time passwords of an authenticator app (动态口令): TOTP, RFC 6238."""

import hmac
from datetime import datetime

import pyotp

ISSUER = "Xueshi 学时"
STEP_SECONDS = 30  # RFC 6238
SLACK_STEPS = 1  # that a clock may be off


def new_secret() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32()


def matching_step(secret: str, otp: str, now: datetime) -> int | None:
    """The 30-second time step of a one-time password, the present one or a neighbour; None when wrong."""
    totp, present = pyotp.TOTP(secret, interval=STEP_SECONDS), int(now.timestamp()) // STEP_SECONDS
    steps = range(present - SLACK_STEPS, present + SLACK_STEPS + 1)
    return next((step for step in steps if hmac.compare_digest(totp.at(step * STEP_SECONDS), otp)), None)


def otpauth_uri(secret: str, username: str) -> str:
    """What an authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
