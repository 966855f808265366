"""The accuracy command, on pairs made from the two packaged portraits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from services.proctor.worker import accuracy
from services.proctor.worker.dlib_resnet import DlibResNet
from testkit.media.camera import encoded_jpeg
from testkit.media.portrait import Portrait, no_face

PAIRS = (
    "a1.jpg,a2.jpg,Yes",
    "g1.jpg,g2.jpg,Yes",
    "a1.jpg,g1.jpg,No",
    "a2.jpg,g2.jpg,No",
    "a1.jpg,nobody.jpg,No",
)


@pytest.fixture
def folder(
    tmp_path: Path,
    astronaut: Portrait,
    grace_hopper: Portrait,
    recogniser: DlibResNet,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Two pictures of each person and one of nobody; the command uses the recogniser that stands already."""
    monkeypatch.setattr(accuracy, "recogniser_from", lambda: recogniser)
    for letter, subject in (("a", astronaut), ("g", grace_hopper)):
        (tmp_path / f"{letter}1.jpg").write_bytes(encoded_jpeg(subject.picture))
        (tmp_path / f"{letter}2.jpg").write_bytes(
            encoded_jpeg(np.ascontiguousarray(subject.picture[:, ::-1]))
        )
    (tmp_path / "nobody.jpg").write_bytes(encoded_jpeg(no_face()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_right(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert accuracy.main([_csv(folder, *PAIRS)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "accuracy pairs=5 right=5 false_accepts=0 false_rejects=0"
    report = json.loads((folder / ".run/reports/accuracy.json").read_text())
    assert report["figures"] == {"pairs": 5, "right": 5, "false_accepts": 0, "false_rejects": 0}
    assert [pair["distance"] is None for pair in report["raw"]] == [False, False, False, False, True]
    assert report["machine"]["cores"] >= 1


def test_a_false_accept_and_a_false_reject_fail(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert accuracy.main([_csv(folder, "a1.jpg,a2.jpg,No", "a1.jpg,g1.jpg,Yes", "g1.jpg,g2.jpg,Yes")]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "accuracy pairs=3 right=1 false_accepts=1 false_rejects=1"


def test_no_pairs_prove_nothing(folder: Path):
    assert accuracy.main([_csv(folder)]) == 1


@pytest.mark.parametrize("row", ["a1.jpg,a2.jpg,Maybe", "a1.jpg,,Yes", "a1.jpg"])
def test_a_bad_row_is_an_error(folder: Path, row: str):
    with pytest.raises(ValueError, match="Decision"):
        accuracy.read_pairs(Path(_csv(folder, row)))


def _csv(folder: Path, *rows: str) -> str:
    path = folder / "pairs.csv"
    path.write_text("\n".join(("file_x,file_y,Decision", *rows)) + "\n")
    return str(path)
