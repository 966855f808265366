"""Settings of the learning service."""

from dataclasses import dataclass

from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class LearningSettings(ServiceSettings):
    """`XUESHI_VIDEO_MAX_BYTES`: the largest video that may be uploaded, at most 512 MiB."""

    video_max_bytes: int = 200 * 1024 * 1024
