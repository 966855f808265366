"""Videos made from videos, by FFmpeg (PyAV): the same packets in a better order, or a smaller picture."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av

from services.learning.adapters.probe import demuxer_of
from services.learning.domain.errors import VideoUnreadable

ENCODERS = ("libx264", "libopenh264")  # H.264, whichever this FFmpeg was built with
FASTSTART = {"movflags": "faststart"}
CLOCK = Fraction(1, 90_000)  # fine enough for every frame rate, so that no frame moves
PICTURE = {"preset": "veryfast", "crf": "26", "profile": "main"}
KEYFRAME_FRAMES = 100  # a player seeks to one of these
SOUND_BIT_RATE = 96_000


def remux(source: BinaryIO, target: Path) -> None:
    """Copy the first picture and sound of an MP4 with its index in front. Raises VideoUnreadable."""
    try:
        with (
            av.open(source, "r", format=demuxer_of(source)) as container,
            av.open(str(target), "w", format="mp4", options=FASTSTART) as output,
        ):
            tracks = [container.streams.video[0], *container.streams.audio[:1]]
            copies = {track.index: output.add_stream_from_template(track) for track in tracks}
            for packet in container.demux(tracks):
                if packet.dts is not None:
                    packet.stream = copies[packet.stream.index]
                    output.mux(packet)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise VideoUnreadable(reason=type(error).__name__) from error


def shrink(
    source: BinaryIO, target: Path, *, height: int, threads: int, progress: Callable[[], None]
) -> None:
    """Encode as H.264 and AAC in MP4 with so many lines. The time of each frame stays what it was.

    `progress` is called after each frame; what it raises ends the work. Raises VideoUnreadable.
    """
    try:
        with (
            av.open(source, "r", format=demuxer_of(source)) as container,
            av.open(str(target), "w", format="mp4", options=FASTSTART) as output,
        ):
            container.streams.video[0].codec_context.thread_count = threads
            tracks = [container.streams.video[0], *container.streams.audio[:1]]
            encoders = {track.index: _encoder(output, track, height, threads) for track in tracks}
            for packet in container.demux(tracks):
                for frame in packet.decode():
                    encoders[packet.stream.index](frame)
                    progress()
            for finish in encoders.values():
                finish(None)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise VideoUnreadable(reason=type(error).__name__) from error


def _encoder(output: Any, track: Any, height: int, threads: int) -> Callable[[Any], None]:
    return _picture(output, track, height, threads) if track.type == "video" else _sound(output, track)


def _picture(output: Any, track: Any, height: int, threads: int) -> Callable[[Any], None]:
    """A function that takes a frame, or None at the end."""
    name = next(name for name in ENCODERS if name in av.codecs_available)
    stream = output.add_stream(name, rate=track.average_rate or 25)
    stream.options = PICTURE if name == "libx264" else {}
    stream.width, stream.height = _even(track.width * height / track.height), height
    stream.pix_fmt, stream.gop_size = "yuv420p", KEYFRAME_FRAMES
    stream.codec_context.time_base = CLOCK
    stream.codec_context.thread_count = threads

    def encode(frame: Any) -> None:
        smaller = frame and frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
        if smaller:
            smaller.pict_type = 0  # the encoder chooses keyframes anew
        output.mux(stream.encode(smaller))

    return encode


def _sound(output: Any, track: Any) -> Callable[[Any], None]:
    stream = output.add_stream("aac", rate=48_000)
    stream.bit_rate, stream.layout = SOUND_BIT_RATE, "stereo" if track.channels > 1 else "mono"
    resampler = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=48_000)

    def encode(frame: Any) -> None:
        for resampled in resampler.resample(frame):
            output.mux(stream.encode(resampled))
        if frame is None:
            output.mux(stream.encode(None))

    return encode


def _even(number: float) -> int:
    """The nearest even number, as 4:2:0 needs."""
    return max(2, round(number / 2) * 2)
