"""What enrollment needs from the environment."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.enrollment.domain.cheating import CheatingPolicy, PolicyInvalid
from services.enrollment.domain.health_watch import WatchLimits
from shared.settings import ServiceSettings, SettingsError

BOUNDS = {  # ⚙ of R9, each with the least and the most that it may be
    "expiry_grace_seconds": (0, 604_800),
    "outage_shortest_seconds": (1, 60),
    "outage_gap_seconds": (10, 3_600),
    "outage_days": (1, 90),
}


@dataclass(frozen=True, kw_only=True)
class EnrollmentSettings(ServiceSettings):
    """Settings of both processes."""

    receipt_public_key: Path  # verifies proctor's photo receipts
    expiry_grace_seconds: int = 900  # R9: so long after its window an enrolment expires
    outage_shortest_seconds: int = 30  # R9: what was away for less is no outage
    outage_gap_seconds: int = 60  # R9: nobody looked for longer: the whole system was away
    outage_days: int = 30  # R9: an operator records no outage that began longer ago
    cheating_policy: str = ""  # R26: JSON with the figures of CheatingPolicy that differ from its defaults
    health_urls: str = ""  # R9: "learning=http://…/readyz,proctor=…": what learners need

    def __post_init__(self) -> None:
        """Raises SettingsError."""
        for name, (least, most) in BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise SettingsError(f"XUESHI_{name.upper()} lies between {least} and {most}")
        if any("=" not in part for part in self._health_parts):
            raise SettingsError("XUESHI_HEALTH_URLS is a list of name=address, with commas between")
        try:
            self.cheating  # noqa: B018 - a bad policy ends the start
        except (PolicyInvalid, TypeError, ValueError) as error:
            raise SettingsError(f"XUESHI_CHEATING_POLICY is not a policy: {error}") from error

    @property
    def components(self) -> dict[str, str]:
        """Where each component says whether it is ready, by its name (R9)."""
        return dict(part.split("=", 1) for part in self._health_parts)

    @property
    def cheating(self) -> CheatingPolicy:
        """判定规则 (R26). Raises PolicyInvalid, TypeError, ValueError."""
        figures = json.loads(self.cheating_policy or "{}")
        if not isinstance(figures, dict):
            raise TypeError("an object is expected")
        return CheatingPolicy(**figures)

    @property
    def expiry_grace(self) -> timedelta:
        """How long a completion in time may be on its way (R9)."""
        return timedelta(seconds=self.expiry_grace_seconds)

    @property
    def outage_age(self) -> timedelta:
        """How long ago an outage may have begun that an operator records (R9)."""
        return timedelta(days=self.outage_days)

    @property
    def watch_limits(self) -> WatchLimits:
        """What is too short to be an outage (R9)."""
        return WatchLimits(
            shortest=timedelta(seconds=self.outage_shortest_seconds),
            gap=timedelta(seconds=self.outage_gap_seconds),
        )

    @property
    def _health_parts(self) -> list[str]:
        return [part.strip() for part in self.health_urls.split(",") if part.strip()]
