"""Settings of the learning service."""

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path

from shared.settings import ServiceSettings, SettingsError

LINK_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class LearningSettings(ServiceSettings):
    """`XUESHI_VIDEO_MAX_BYTES`: the largest video that may be uploaded, in parts of 8 MiB.

    `XUESHI_UPLOADS_UNDER_WAY`: how many uploads of an organisation may be under way at once.
    `XUESHI_VIDEO_LINK_KEY`: base64 of 32 bytes; signs the links by which a browser plays a video.
    `XUESHI_VIDEO_LINK_SECONDS`: how long such a link holds.
    `XUESHI_RENDITION_THREADS`: how many threads the worker encodes with.
    """

    video_link_key: str = field(repr=False)
    video_link_seconds: int = 600
    video_max_bytes: int = 4 * 1024**3
    uploads_under_way: int = 20
    rendition_threads: int = 1

    def __post_init__(self) -> None:
        """Raises SettingsError for a key that is none."""
        try:
            length = len(base64.b64decode(self.video_link_key, validate=True))
        except binascii.Error:
            length = 0
        if length != LINK_KEY_BYTES:
            raise SettingsError(f"XUESHI_VIDEO_LINK_KEY must be the base64 of {LINK_KEY_BYTES} bytes")


@dataclass(frozen=True, kw_only=True)
class LearningEventsSettings(LearningSettings):
    """Settings of the events process, which reads the leases of passed face checks (R17)."""

    lease_private_key: Path  # P-256, PEM: opens play leases
