"""What enrollment needs from the environment."""

from dataclasses import dataclass
from pathlib import Path

from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class EnrollmentSettings(ServiceSettings):
    """Settings of both processes."""

    receipt_public_key: Path  # verifies proctor's photo receipts
