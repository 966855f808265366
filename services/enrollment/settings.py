"""What enrollment needs from the environment."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.settings import ServiceSettings, SettingsError

MAX_EXPIRY_GRACE = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class EnrollmentSettings(ServiceSettings):
    """Settings of both processes."""

    receipt_public_key: Path  # verifies proctor's photo receipts
    expiry_grace_seconds: int = 900  # R9: so long after its window an enrolment expires; no more than 7 days

    def __post_init__(self) -> None:
        """Raises SettingsError."""
        if not 0 <= self.expiry_grace_seconds <= MAX_EXPIRY_GRACE.total_seconds():
            raise SettingsError("XUESHI_EXPIRY_GRACE_SECONDS lies between 0 and 604800")

    @property
    def expiry_grace(self) -> timedelta:
        """How long a completion in time may be on its way (R9)."""
        return timedelta(seconds=self.expiry_grace_seconds)
