"""What a file holds, found in its bytes by FFmpeg (PyAV), never in its name or headers."""

from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import av

from services.learning.adapters.boxes import is_faststart
from services.learning.domain.errors import VideoUnreadable
from services.learning.domain.media_errors import CodecUnplayable

MP4, EBML = b"ftyp", b"\x1a\x45\xdf\xa3"
TYPES = {"mov": "video/mp4", "matroska": "video/webm"}
# What Chrome, Edge, Firefox and Safari of the last years play in each container.
VIDEO_CODECS = {"mov": {"h264", "av1", "vp9"}, "matroska": {"vp8", "vp9", "av1"}}
AUDIO_CODECS = {"mov": {"aac", "mp3", "opus"}, "matroska": {"vorbis", "opus"}}
H264_PIXELS = {"yuv420p", "yuvj420p"}  # 8 bit, 4:2:0: no browser decodes more everywhere


@dataclass(frozen=True, kw_only=True)
class VideoProperties:
    """What is found in a playable video. `width` and `height` in pixels."""

    duration_ms: int
    content_type: str
    width: int
    height: int
    video_codec: str
    audio_codec: str | None  # None: no sound
    faststart: bool  # playing can begin before all has come


def probe(file: BinaryIO) -> VideoProperties:
    """Decode the first frame and read every packet to the end. Raises VideoUnreadable, CodecUnplayable.

    The demuxer is chosen from the magic bytes, not guessed by FFmpeg: playlists and the like, which could
    make it open other files or addresses, never reach it.
    """
    demuxer = demuxer_of(file)
    try:
        with av.open(file, "r", format=demuxer) as container:
            frame = next(container.decode(video=0))
            video_codec, audio_codec = _codecs(container, demuxer)
        file.seek(0)
        with av.open(file, "r", format=demuxer) as container:
            duration_ms = _duration_ms(container)
    except (av.FFmpegError, StopIteration, IndexError, ValueError) as error:
        raise VideoUnreadable(reason=type(error).__name__) from error
    return VideoProperties(
        duration_ms=duration_ms,
        content_type=TYPES[demuxer],
        width=frame.width,
        height=frame.height,
        video_codec=video_codec,
        audio_codec=audio_codec,
        faststart=demuxer != "mov" or is_faststart(file),
    )


def demuxer_of(file: BinaryIO) -> str:
    """FFmpeg's name of the container, by its magic bytes. Raises VideoUnreadable."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    if head[4:8] == MP4:
        return "mov"
    if head[:4] == EBML:
        return "matroska"
    raise VideoUnreadable(reason="unknown format")


def _codecs(container: "av.container.InputContainer", demuxer: str) -> tuple[str, str | None]:
    video = container.streams.video[0]
    sound = container.streams.audio[0] if container.streams.audio else None
    found: str = video.codec.canonical_name
    if found not in VIDEO_CODECS[demuxer]:
        raise CodecUnplayable(codec=found, container=TYPES[demuxer])
    if found == "h264" and video.pix_fmt not in H264_PIXELS:
        raise CodecUnplayable(codec=f"{found} {video.pix_fmt}", container=TYPES[demuxer])
    if sound is None:
        return found, None
    heard: str = sound.codec.canonical_name
    if heard not in AUDIO_CODECS[demuxer]:
        raise CodecUnplayable(codec=heard, container=TYPES[demuxer])
    return found, heard


def _duration_ms(container: "av.container.InputContainer") -> int:
    """To the end of the last packet: a cut-off file is as long as what is left of it."""
    end = Fraction(0)
    for packet in container.demux():
        if packet.pts is not None and packet.time_base is not None:
            end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
    if end <= 0:
        raise VideoUnreadable(reason="no duration")
    return round(end * 1000)
