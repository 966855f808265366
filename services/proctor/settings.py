"""What proctor needs from the environment."""

from dataclasses import dataclass
from pathlib import Path

from services.proctor.domain import VerificationPolicy
from services.proctor.domain.photo_rules import LEVEL_TWO, PhotoRules
from shared.events.terms import LicenceCategory
from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class ProctorSettings(ServiceSettings):
    """Settings of both processes: the ⚙ of R3 and R16, each with the default of the rule."""

    photo_max_bytes: int = LEVEL_TWO.max_bytes
    photo_min_blue_percent: int = round(LEVEL_TWO.min_blue_share * 100)
    photo_max_yaw_degrees: int = round(LEVEL_TWO.max_yaw)
    photo_max_roll_degrees: int = round(LEVEL_TWO.max_roll)
    photo_min_pitch_degrees: int = round(LEVEL_TWO.min_pitch)
    photo_max_pitch_degrees: int = round(LEVEL_TWO.max_pitch)
    verification_seconds: int = 180
    verification_attempts: int = 5
    verification_window_seconds: int = 3_600

    @property
    def photo_rules(self) -> dict[LicenceCategory, PhotoRules]:
        """By licence category; level one (R4) joins here once its figures are measured."""
        level_two = PhotoRules(
            formats=LEVEL_TWO.formats,
            max_bytes=self.photo_max_bytes,
            width=LEVEL_TWO.width,
            height=LEVEL_TWO.height,
            min_blue_share=self.photo_min_blue_percent / 100,
            max_yaw=self.photo_max_yaw_degrees,
            max_roll=self.photo_max_roll_degrees,
            min_pitch=self.photo_min_pitch_degrees,
            max_pitch=self.photo_max_pitch_degrees,
        )
        return {LicenceCategory.LEVEL_TWO: level_two}

    @property
    def verification_policy(self) -> VerificationPolicy:
        """How long and how often a learner may try (R16)."""
        return VerificationPolicy(
            seconds=self.verification_seconds,
            attempts=self.verification_attempts,
            window_seconds=self.verification_window_seconds,
        )


@dataclass(frozen=True, kw_only=True)
class ProctorEventsSettings(ProctorSettings):
    """Settings of the events process, which grants leases with the checks that are passed (R17)."""

    lease_public_key: Path  # learning's, P-256, PEM: seals play leases


@dataclass(frozen=True, kw_only=True)
class ProctorApiSettings(ProctorSettings):
    """Settings of the api process, which signs receipts and waits for the worker."""

    receipt_private_key: Path
    photo_wait_seconds: int = 15  # a photo's figures are waited for this long
