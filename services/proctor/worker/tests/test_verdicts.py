"""One outcome for each job: what stands in the way first, then whose face it is (R16, R18, R20)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.domain.antispoof import Spoofing
from services.proctor.worker.domain.face_job import FaceResult
from services.proctor.worker.domain.liveness import Liveness
from services.proctor.worker.domain.verdicts import of_check, of_liveness, of_photo

LIVE = Liveness(live=True, refusal=None, frames=20, usable_frames=20)
SCREEN = Spoofing(is_real=False, real=0.1)


def a_result(**changes: object) -> FaceResult:
    """A usable face 0.3 from the reference."""
    face = np.zeros(2, np.float32)
    result = FaceResult("job", FaceOutcome.OK, "model", "1", 0.6, embedding=face, distance=0.3, match=True)
    return replace(result, **changes)


def a_stranger() -> FaceResult:
    return a_result(distance=0.9, match=False)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (a_result(), FaceOutcome.MATCH),
        (a_stranger(), FaceOutcome.MISMATCH),
        (a_result(distance=None, match=None), FaceOutcome.MISMATCH),
        (a_result(spoofing=Spoofing(is_real=True, real=0.9)), FaceOutcome.MATCH),
        (a_result(spoofing=SCREEN), FaceOutcome.SPOOF),
        (replace(a_stranger(), outcome=FaceOutcome.TOO_DARK, spoofing=SCREEN), FaceOutcome.TOO_DARK),
    ],
)
def test_a_check(result: FaceResult, outcome: FaceOutcome):
    assert of_check(result).outcome is outcome


@pytest.mark.parametrize(
    ("frontal", "live", "outcome"),
    [
        (a_result(), a_result(liveness=LIVE), FaceOutcome.MATCH),
        (a_result(), a_result(), FaceOutcome.NOT_LIVE),
        (a_result(), a_result(liveness=replace(LIVE, live=False), spoofing=SCREEN), FaceOutcome.NOT_LIVE),
        (a_result(), a_result(liveness=LIVE, spoofing=SCREEN), FaceOutcome.SPOOF),
        (a_result(outcome=FaceOutcome.NO_FACE), a_result(outcome=FaceOutcome.TOO_DARK), FaceOutcome.NO_FACE),
        (a_result(), a_result(outcome=FaceOutcome.TOO_DARK), FaceOutcome.TOO_DARK),
        (a_stranger(), a_result(liveness=LIVE), FaceOutcome.MISMATCH),
        (a_result(), replace(a_stranger(), liveness=LIVE), FaceOutcome.MISMATCH),
        (a_result(), a_result(liveness=LIVE, identity_spread=0.61), FaceOutcome.MISMATCH),
        (a_result(), a_result(liveness=LIVE, identity_spread=0.6), FaceOutcome.MATCH),
        (a_result(), a_result(liveness=LIVE, embedding=np.array([0.7, 0], np.float32)), FaceOutcome.MISMATCH),
    ],
)
def test_a_verification(frontal: FaceResult, live: FaceResult, outcome: FaceOutcome):
    assert of_liveness(frontal, live).outcome is outcome


def test_the_distance_of_a_verification_is_the_largest_of_three():
    live = a_result(liveness=LIVE, distance=0.4, embedding=np.array([0.5, 0], np.float32))
    assert of_liveness(a_result(), live).figures["distance"] == pytest.approx(0.5)
    assert of_liveness(a_result(distance=0.55), live).figures["distance"] == pytest.approx(0.55)
    assert of_liveness(a_result(distance=None, embedding=None), live).figures["distance"] == 0.4


def test_figures_say_whether_anti_spoofing_looked():
    real = Spoofing(is_real=True, real=0.9)
    judged = [of_check(a_result(spoofing=spoofing)).figures for spoofing in (None, real, SCREEN)]
    assert [figures["antispoof"] for figures in judged] == ["absent", "real", "spoof"]
    assert [figures["antispoof_real"] for figures in judged] == [None, 0.9, 0.1]


def test_a_photo_that_was_not_measured_is_unreadable():
    assert of_photo(a_result()).outcome is FaceOutcome.UNREADABLE
