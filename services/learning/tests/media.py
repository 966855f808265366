"""Small real videos for tests, as authors bring them."""

import io
from functools import cache
from typing import Any

import av
import numpy as np


@cache
def a_film(
    seconds: int = 2, *, width: int = 640, height: int = 480, codec: str = "libx264", pixels: str = "yuv420p",
    sound: str | None = "aac", container: str = "mp4", faststart: bool = False, noise: bool = False,
) -> bytes:  # fmt: skip
    """Ten pictures a second and, unless `sound` is None, silence of a sound codec."""
    file = io.BytesIO() if not faststart else None
    if file is None:
        return _moved(a_film(seconds, width=width, height=height, codec=codec, pixels=pixels, sound=sound))
    with av.open(file, "w", format=container) as output:
        picture = output.add_stream(codec, rate=10)
        picture.width, picture.height, picture.pix_fmt = width, height, pixels
        heard = output.add_stream(sound, rate=48_000) if sound else None
        if heard:
            heard.layout = "stereo"
        _draw(output, picture, seconds, noise=noise)
        if heard:
            _be_silent(output, heard, seconds)
    return file.getvalue()


def _draw(output: Any, stream: Any, seconds: int, *, noise: bool) -> None:
    random = np.random.default_rng(1)
    for number in range(seconds * 10):
        shape = (stream.height, stream.width, 3)
        picture = (
            random.integers(0, 256, shape, dtype=np.uint8)
            if noise
            else np.full(shape, number * 9 % 256, np.uint8)
        )
        output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    output.mux(stream.encode())


def _be_silent(output: Any, stream: Any, seconds: int) -> None:
    size = stream.codec_context.frame_size or 960
    silence = np.zeros((2, size), np.float32)
    for number in range(seconds * 48_000 // size):
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, number * size
        output.mux(stream.encode(frame))
    output.mux(stream.encode())


def _moved(film: bytes) -> bytes:
    """The same with its index in front."""
    import tempfile
    from pathlib import Path

    from services.learning.adapters.transcode import remux

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        remux(io.BytesIO(film), path)
        return path.read_bytes()
