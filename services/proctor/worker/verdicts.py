"""What the engine's figures mean for each kind of job: one outcome, and the figures it rests on (R20)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.proctor.worker.engine import FaceResult
from services.proctor.worker.recogniser import distance

Verdict = tuple[str, dict[str, Any]]  # outcome, figures: JSON types only

OK, MATCH, MISMATCH = "ok", "match", "mismatch"
NOT_LIVE, SPOOF, UNREADABLE = "not_live", "spoof", "unreadable"


def of_photo(result: FaceResult) -> Verdict:
    """A declaration photo was measured; its rules are judged elsewhere."""
    if result.photo is None:
        return UNREADABLE, {}
    return result.photo.outcome.value, asdict(result.photo)


def of_check(result: FaceResult) -> Verdict:
    """One frame against the reference (R18)."""
    return _usable(result) or _spoofed(result) or _compared(result), _figures(result)


def of_liveness(frontal: FaceResult, live: FaceResult) -> Verdict:
    """Frontal photo and live frames, both against the declared photo and against each other (R16)."""
    outcome = (
        _usable(frontal) or _usable(live) or _not_live(live) or _spoofed(live) or _one_person(frontal, live)
    )
    figures = _figures(live) | {"frontal": _figures(frontal), "liveness": _liveness(live)}
    return outcome, figures | {"distance": _farthest(frontal, live)}


def _usable(result: FaceResult) -> str | None:
    return None if result.outcome.value == OK else result.outcome.value


def _not_live(result: FaceResult) -> str | None:
    return None if result.liveness is not None and result.liveness.live else NOT_LIVE


def _spoofed(result: FaceResult) -> str | None:
    return SPOOF if result.spoofing is not None and not result.spoofing.is_real else None


def _compared(result: FaceResult) -> str:
    return MATCH if result.match else MISMATCH


def _one_person(frontal: FaceResult, live: FaceResult) -> str:
    """The same face throughout the frames, in the frontal photo and in the declared one."""
    apart = _apart(frontal, live)
    steady = live.identity_spread is None or live.identity_spread <= live.threshold
    same = apart is not None and apart <= live.threshold
    return MATCH if frontal.match and live.match and steady and same else MISMATCH


def _apart(frontal: FaceResult, live: FaceResult) -> float | None:
    if frontal.embedding is None or live.embedding is None:
        return None
    return distance(frontal.embedding, live.embedding)


def _farthest(frontal: FaceResult, live: FaceResult) -> float | None:
    measured = (frontal.distance, live.distance, _apart(frontal, live))
    return max((each for each in measured if each is not None), default=None)


def _figures(result: FaceResult) -> dict[str, Any]:
    return {
        "outcome": result.outcome.value,
        "distance": result.distance,
        "threshold": result.threshold,
        "identity_spread": result.identity_spread,
        "antispoof": _antispoof(result),
        "antispoof_real": result.spoofing.real if result.spoofing else None,
        "antispoof_version": result.spoofing_version,
        "used_frames": list(result.used_frames),
        "luma": result.luma,
        "face_px": result.face_px,
    }


def _antispoof(result: FaceResult) -> str:
    if result.spoofing is None:
        return "absent"
    return "real" if result.spoofing.is_real else SPOOF


def _liveness(result: FaceResult) -> dict[str, Any]:
    return asdict(result.liveness) if result.liveness is not None else {}
