"""What the synthetic camera leaves behind: labelled, complete, and rendered once."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from testkit.media.__main__ import main
from testkit.media.camera import ACTIONS, LABEL, SyntheticCamera
from testkit.media.portrait import NAMES, Portrait


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("media") / "out"
    assert main(["--out", str(out)]) == 0
    return out


def test_every_jpeg_says_that_it_is_synthetic(media: Path):
    pictures = list(media.rglob("*.jpg"))
    assert len(pictures) > 100
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.info["comment"] == LABEL.encode()
            assert picture.getexif()[0x010E] == LABEL


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_there(media: Path, name: str):
    folders = {path.name: len(list(path.glob("*.jpg"))) for path in (media / name / "frames").iterdir()}
    assert folders == {"neutral": 12, "blink": 6, **dict.fromkeys(ACTIONS[1:], 10)}


@pytest.mark.parametrize("name", NAMES)
def test_the_photo_is_a_one_inch_jpeg(media: Path, name: str):
    path = media / name / "photo.jpg"
    with Image.open(path) as photo:
        assert (photo.format, photo.size) == ("JPEG", (150, 180))
    assert path.stat().st_size <= 50 * 1024


@pytest.mark.parametrize("lesson", [1, 2])
def test_a_lesson_is_15_seconds_of_h264(media: Path, lesson: int):
    with av.open(str(media / "lessons" / f"{lesson}.mp4")) as video:
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 320, 180)
        frames = [frame.to_ndarray(format="gray") for frame in video.decode(stream)]
        assert float(stream.duration * stream.time_base) == pytest.approx(15)
    assert len(frames) == 150
    assert all(
        np.abs(one.astype(int) - other).max() > 20 for one, other in zip(frames, frames[10:], strict=False)
    )


def test_it_is_rendered_once(media: Path, capsys: pytest.CaptureFixture[str]):
    before = (media / "stamp").stat().st_mtime_ns
    assert main(["--out", str(media)]) == 0
    assert "up to date" in capsys.readouterr().out
    assert (media / "stamp").stat().st_mtime_ns == before


def test_the_same_seed_films_the_same_frames(astronaut: Portrait):
    assert SyntheticCamera(astronaut).action("nod") == SyntheticCamera(astronaut).action("nod")


def test_frames_at_rest_differ(astronaut: Portrait):
    assert len(set(SyntheticCamera(astronaut).neutral(5))) == 5
