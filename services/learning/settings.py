"""Settings of the learning service."""

from dataclasses import dataclass
from pathlib import Path

from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class LearningSettings(ServiceSettings):
    """`XUESHI_VIDEO_MAX_BYTES`: the largest video that may be uploaded, at most 512 MiB."""

    video_max_bytes: int = 200 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class LearningEventsSettings(LearningSettings):
    """Settings of the events process, which reads the leases of passed face checks (R17)."""

    lease_private_key: Path  # P-256, PEM: opens play leases
