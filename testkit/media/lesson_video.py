"""Short real lesson videos: H.264 in MP4, with the lesson's title and a counter of seconds and frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from testkit.media.drawing import Picture

WIDTH, HEIGHT = 320, 180  # px
RATE = 10  # frames a second


def write_lesson_video(path: Path, title: str, seconds: int = 15) -> None:
    """Write `seconds` of video to `path` (.mp4, playable while it loads); `title` is drawn in ASCII."""
    import av

    # The index comes first, so that a player can start before the file has arrived.
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "28", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for number in range(seconds * RATE):
            frame = av.VideoFrame.from_ndarray(_picture(title, number, seconds * RATE), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _picture(title: str, number: int, total: int) -> Picture:
    picture = np.full((HEIGHT, WIDTH, 3), (24, 40, 72), np.uint8)
    _write(picture, title, (16, 50), 0.6, (255, 255, 255))
    _write(picture, f"{number / RATE:05.1f} s   frame {number:04d}/{total}", (16, 100), 0.5, (160, 220, 255))
    cv2.rectangle(picture, (16, 130), (16 + (WIDTH - 32) * (number + 1) // total, 140), (90, 170, 250), -1)
    return picture


def _write(
    picture: Picture, text: str, place: tuple[int, int], size: float, colour: tuple[int, int, int]
) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
