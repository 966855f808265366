"""What a file holds, found in its bytes by FFmpeg (PyAV), never in its name or headers."""

from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import av

from services.learning.domain.errors import VideoUnreadable

MP4, EBML = b"ftyp", b"\x1a\x45\xdf\xa3"
TYPES = {"mov": "video/mp4", "matroska": "video/webm"}


@dataclass(frozen=True, kw_only=True)
class VideoProperties:
    """What is found in a playable video."""

    duration_ms: int
    content_type: str


def probe(file: BinaryIO) -> VideoProperties:
    """Decode the first frame and read every packet to the end. Raises VideoUnreadable.

    The demuxer is chosen from the magic bytes, not guessed by FFmpeg: playlists and the like, which could
    make it open other files or addresses, never reach it.
    """
    demuxer = _demuxer(file)
    try:
        with av.open(file, "r", format=demuxer) as container:
            next(container.decode(video=0))
        file.seek(0)
        with av.open(file, "r", format=demuxer) as container:
            return VideoProperties(duration_ms=_duration_ms(container), content_type=TYPES[demuxer])
    except (av.FFmpegError, StopIteration, IndexError, ValueError) as error:
        raise VideoUnreadable(reason=type(error).__name__) from error


def _demuxer(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    if head[4:8] == MP4:
        return "mov"
    if head[:4] == EBML:
        return "matroska"
    raise VideoUnreadable(reason="unknown format")


def _duration_ms(container: "av.container.InputContainer") -> int:
    """To the end of the last packet: a cut-off file is as long as what is left of it."""
    end = Fraction(0)
    for packet in container.demux():
        if packet.pts is not None and packet.time_base is not None:
            end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
    if end <= 0:
        raise VideoUnreadable(reason="no duration")
    return round(end * 1000)
