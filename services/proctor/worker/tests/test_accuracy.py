"""The accuracy command, on pairs made from the two packaged portraits.

Each person has two pictures that no mirror or shift turns into each other: the portrait, and a snapshot with
the head turned, the phone held askew, in dim warm light, small, blurred and compressed. So a recogniser that
aligns, lights or embeds wrongly takes two pictures of one person for two people.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from services.proctor.worker.accuracy.__main__ import main, run
from services.proctor.worker.accuracy.pairs import read_pairs
from services.proctor.worker.adapters.dlib_resnet import DlibResNet
from services.proctor.worker.adapters.mediapipe_detector import FaceDetector
from services.proctor.worker.engine.decoding import decode
from testkit.media.camera import SyntheticCamera, encoded_jpeg
from testkit.media.portrait import Portrait, no_face

SIDE = 360  # px of a snapshot
TILT = 30.0  # degrees: the head leans and the phone is askew
WARM_AND_DIM = (0.75, 0.6, 0.45)  # of R, G, B
MIRRORED = 0.1  # L2 between a portrait and its mirror image, at most: what a test must not rest on

PAIRS = (
    "a1.jpg,a2.jpg,Yes",
    "g1.jpg,g2.jpg,Yes",
    "a1.jpg,g1.jpg,No",
    "a2.jpg,g2.jpg,No",
    "a1.jpg,g2.jpg,No",
    "a2.jpg,g1.jpg,No",
    "a1.jpg,nobody.jpg,No",
)


@pytest.fixture
def folder(
    tmp_path: Path, astronaut: Portrait, grace_hopper: Portrait, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Two pictures of each person and one of nobody; the report goes there, too."""
    for letter, subject in (("a", astronaut), ("g", grace_hopper)):
        (tmp_path / f"{letter}1.jpg").write_bytes(encoded_jpeg(subject.picture))
        (tmp_path / f"{letter}2.jpg").write_bytes(a_snapshot(subject))
    (tmp_path / "nobody.jpg").write_bytes(encoded_jpeg(no_face()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def a_snapshot(subject: Portrait) -> bytes:
    """Another picture of the person, as careless people take them."""
    turned = decode(SyntheticCamera(subject).action("turn_left")[4])
    matrix = cv2.getRotationMatrix2D((turned.shape[1] / 2, turned.shape[0] / 2), TILT, SIDE / turned.shape[1])
    matrix[:, 2] += (SIDE - turned.shape[1]) / 2
    askew = cv2.warpAffine(turned, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    dim = cv2.GaussianBlur(askew, (0, 0), 1.0) * np.array(WARM_AND_DIM)
    return encoded_jpeg(dim.astype(np.uint8), quality=45)


def measured(folder: Path, recogniser: DlibResNet, detector: FaceDetector, *rows: str) -> int:
    return run(folder, read_pairs(_csv(folder, *rows)), recogniser, detector)


def test_all_right(
    folder: Path, recogniser: DlibResNet, detector: FaceDetector, capsys: pytest.CaptureFixture[str]
):
    assert measured(folder, recogniser, detector, *PAIRS) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "accuracy pairs=7 right=7 false_accepts=0 false_rejects=0"


def test_the_report_holds_every_raw_value(folder: Path, recogniser: DlibResNet, detector: FaceDetector):
    measured(folder, recogniser, detector, *PAIRS)
    report = json.loads((folder / ".run/reports/accuracy.json").read_text())
    assert report["figures"] == {"pairs": 7, "right": 7, "false_accepts": 0, "false_rejects": 0}
    *faces, nobody = report["raw"]
    assert all(MIRRORED < pair["distance"] < 0.4 for pair in faces if pair["same"])
    assert all(pair["distance"] > 0.6 for pair in faces if not pair["same"])
    assert (nobody["distance"], nobody["accepted"]) == (None, False)
    assert report["machine"]["cores"] >= 1


def test_a_false_accept_and_a_false_reject_fail(
    folder: Path, recogniser: DlibResNet, detector: FaceDetector, capsys: pytest.CaptureFixture[str]
):
    rows = ("a1.jpg,a2.jpg,No", "a1.jpg,g1.jpg,Yes", "g1.jpg,g2.jpg,Yes")
    assert measured(folder, recogniser, detector, *rows) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "accuracy pairs=3 right=1 false_accepts=1 false_rejects=1"


def test_no_pairs_prove_nothing(folder: Path, recogniser: DlibResNet, detector: FaceDetector):
    assert measured(folder, recogniser, detector) == 1


@pytest.mark.parametrize("row", ["a1.jpg,a2.jpg,Maybe", "a1.jpg,,Yes", "a1.jpg"])
def test_a_bad_row_is_an_error(folder: Path, row: str):
    with pytest.raises(ValueError, match="Decision"):
        main([str(_csv(folder, row))])


def _csv(folder: Path, *rows: str) -> Path:
    path = folder / "pairs.csv"
    path.write_text("\n".join(("file_x,file_y,Decision", *rows)) + "\n")
    return path
