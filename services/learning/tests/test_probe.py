"""What a video is, found in its bytes."""

import io
import tempfile

import pytest

from services.learning.adapters.probe import VideoUnreadable, probe
from services.learning.tests.builders import a_video


@pytest.mark.parametrize(("codec", "container", "type_"), [
    ("libx264", "mp4", "video/mp4"), ("libvpx-vp9", "webm", "video/webm"),
])  # fmt: skip
def test_the_duration_is_measured(codec: str, container: str, type_: str):
    video = probe(io.BytesIO(a_video(1.5, codec, container)))
    assert (video.duration_ms, video.content_type) == (1500, type_)


@pytest.mark.parametrize("in_memory", [100, 1_000_000])
def test_a_spooled_upload_can_be_probed(in_memory: int):
    with tempfile.SpooledTemporaryFile(max_size=in_memory) as file:
        file.write(a_video(1))
        assert probe(file).duration_ms == 1000


def test_a_cut_off_webm_is_as_long_as_what_is_left():
    video = a_video(3, "libvpx-vp9", "webm")
    assert 0 < probe(io.BytesIO(video[: len(video) // 2])).duration_ms < 3000


def test_sound_alone_is_no_video():
    with pytest.raises(VideoUnreadable):
        probe(io.BytesIO(a_sound()))


def a_sound() -> bytes:
    import av
    import numpy as np

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44_100
        output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()
