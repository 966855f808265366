"""视频文件: what came as bytes becomes a video that a browser can begin to play at once."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from services.learning.adapters.probe import VideoProperties, probe
from services.learning.adapters.transcode import remux
from services.learning.adapters.videos import Videos, sha256
from services.learning.domain import Video


@dataclass(frozen=True, kw_only=True)
class VideoFile:
    """An open file, and what was found in it."""

    file: BinaryIO
    size: int  # bytes
    properties: VideoProperties
    sha256: str
    source_sha256: str | None = None  # when it was copied from another file

    def video(self, key: str) -> Video:
        """As a lesson refers to it, once it is stored there."""
        found = self.properties
        return Video(
            key=key,
            sha256=self.sha256,
            size=self.size,
            content_type=found.content_type,
            duration_ms=found.duration_ms,
            width=found.width,
            height=found.height,
            video_codec=found.video_codec,
            audio_codec=found.audio_codec,
            source_sha256=self.source_sha256,
        )

    def store(self, videos: Videos, key: str) -> Video:
        """Store it under this key."""
        videos.store(key, self.file, self.size, self.properties.content_type)
        return self.video(key)


def examined(file: BinaryIO, size: int) -> VideoFile:
    """The file as it is. Raises VideoUnreadable, CodecUnplayable."""
    return VideoFile(file=file, size=size, properties=probe(file), sha256=sha256(file))


@contextmanager
def playable(file: BinaryIO, size: int) -> Iterator[VideoFile]:
    """The file, or a copy of its packets with the index in front when it lacks that.

    The copy exists while the context lasts. Raises VideoUnreadable, CodecUnplayable.
    """
    source = examined(file, size)
    if source.properties.faststart:
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="xueshi-video-") as folder:
        path = Path(folder) / "video.mp4"
        remux(file, path)
        with path.open("rb") as copy:
            yield VideoFile(
                file=copy,
                size=path.stat().st_size,
                properties=probe(copy),
                sha256=sha256(copy),
                source_sha256=source.sha256,
            )
