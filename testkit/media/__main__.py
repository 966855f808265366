"""Renders all that demonstrations and tests show to a camera: `python -m testkit.media --out DIR`.

Runs in the worker's environment from the repository root. What it leaves in DIR, for each portrait P of
`astronaut` (the learner) and `grace_hopper` (the impostor):

    P/photo.jpg               declaration photo as R3 wants it: 150×180 JPEG, blue, frontal, one face
    P/reference.jpg           plain 480×600 photo, as a phone would take it
    P/photo_not_blue.jpg      wrong: red background
    P/photo_wrong_size.jpg    wrong: 295×413
    P/photo.png               wrong: PNG
    P/frames/neutral/NN.jpg   12 camera frames at rest, 480×480
    P/frames/ACTION/NN.jpg    the frames of an action, from rest and back; ACTION is one of blink (6 frames),
                              turn_left, turn_right, nod, open_mouth (10 frames each)
    photo_no_face.jpg         wrong: nobody in it
    photo_two_faces.jpg       wrong: two people
    lessons/1.mp4, 2.mp4      15 s of H.264, 320×180, counting seconds and frames
    stamp                     what it was rendered from; when that is unchanged nothing is rendered again

A liveness answer is five or more neutral frames, then for each prompt the frames of its action. Every frame
says SYNTHETIC in its pixels; every JPEG says so in its EXIF description and its comment.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from testkit.media.camera import ACTIONS, SyntheticCamera, encoded_jpeg
from testkit.media.lesson_video import write_lesson_video
from testkit.media.portrait import (
    NAMES,
    RED,
    Portrait,
    no_face,
    portrait,
    two_faces,
)

NEUTRAL_FRAMES = 12
LESSONS = ("Lesson 1: Bill of quantities", "Lesson 2: Contract price")
LESSON_SECONDS = 15
PACKAGES = ("mediapipe", "opencv-python-headless", "scikit-image", "matplotlib", "pillow", "av")


def main(arguments: Sequence[str] | None = None) -> int:
    """Render into --out unless its stamp says that nothing changed."""
    parser = argparse.ArgumentParser(description="Render the camera's frames, the photos and the lessons")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    out: Path = parser.parse_args(arguments).out
    if _is_current(out):
        print(f"media: {out} is up to date")
        return 0
    start = time.perf_counter()
    render(out)
    print(f"media: rendered into {out} in {time.perf_counter() - start:.1f} s")
    return 0


def render(out: Path) -> None:
    """Render everything beside `out` and put it in place at once: an interrupted run leaves nothing half."""
    fresh = out.with_name(out.name + ".rendering")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    portraits = [portrait(name) for name in NAMES]
    for each in portraits:
        _render_portrait(fresh / each.name, each)
    (fresh / "photo_no_face.jpg").write_bytes(encoded_jpeg(no_face()))
    (fresh / "photo_two_faces.jpg").write_bytes(encoded_jpeg(two_faces(*portraits)))
    _render_lessons(fresh / "lessons")
    (fresh / "stamp").write_text(_stamp(), encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def _render_portrait(folder: Path, subject: Portrait) -> None:
    _render_photos(folder, subject)
    camera = SyntheticCamera(subject)
    _write_frames(folder / "frames" / "neutral", camera.neutral(NEUTRAL_FRAMES))
    for action in ACTIONS:
        _progress(f"{subject.name}: {action}")
        _write_frames(folder / "frames" / action, camera.action(action))


def _render_photos(folder: Path, subject: Portrait) -> None:
    _progress(f"{subject.name}: photos")
    folder.mkdir(parents=True)
    (folder / "photo.jpg").write_bytes(encoded_jpeg(subject.photo()))
    (folder / "reference.jpg").write_bytes(encoded_jpeg(subject.plain()))
    (folder / "photo_not_blue.jpg").write_bytes(encoded_jpeg(subject.photo(RED)))
    (folder / "photo_wrong_size.jpg").write_bytes(encoded_jpeg(subject.photo(size=(295, 413))))
    Image.fromarray(subject.photo()).save(folder / "photo.png")


def _write_frames(folder: Path, frames: Sequence[bytes]) -> None:
    folder.mkdir(parents=True)
    for number, frame in enumerate(frames):
        (folder / f"{number:02d}.jpg").write_bytes(frame)


def _render_lessons(folder: Path) -> None:
    folder.mkdir()
    for number, title in enumerate(LESSONS, start=1):
        _progress(title)
        write_lesson_video(folder / f"{number}.mp4", title, LESSON_SECONDS)


def _is_current(out: Path) -> bool:
    stamp = out / "stamp"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _stamp()


def _stamp() -> str:
    """SHA-256 over this package's code, the detector's and the versions of what draws."""
    here = Path(__file__).parent
    worker = here.parents[1] / "services" / "proctor" / "worker"
    digest = hashlib.sha256()
    detector = (worker / "domain" / "detection.py", *sorted((worker / "adapters").glob("mediapipe_*.py")))
    for path in (*sorted(here.glob("*.py")), *detector):
        digest.update(path.read_bytes())
    for package in PACKAGES:
        digest.update(f"{package}=={importlib.metadata.version(package)}\n".encode())
    return digest.hexdigest() + "\n"


def _progress(what: str) -> None:
    print(f"media: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
