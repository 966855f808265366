"""What the engine's figures mean for each kind of job: one outcome, and the figures it rests on (R20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.domain.face_job import FaceResult
from services.proctor.worker.domain.recogniser import distance


@dataclass(frozen=True)
class Verdict:
    """An outcome, and its figures by the names that evidence carries them under."""

    outcome: FaceOutcome
    figures: Mapping[str, object] = field(default_factory=dict)


UNREADABLE = Verdict(FaceOutcome.UNREADABLE)


def of_photo(result: FaceResult) -> Verdict:
    """A declaration photo was measured; its rules are judged elsewhere (R3)."""
    return UNREADABLE if result.photo is None else Verdict(result.photo.outcome, asdict(result.photo))


def of_check(result: FaceResult) -> Verdict:
    """One frame against the reference (R18)."""
    return Verdict(_unusable(result) or _spoof(result) or _compared(result), _figures(result))


def of_liveness(frontal: FaceResult, live: FaceResult) -> Verdict:
    """Frontal photo and live frames, both against the declared photo and against each other (R16)."""
    outcome = (
        _unusable(frontal) or _unusable(live) or _not_live(live) or _spoof(live) or _one_person(frontal, live)
    )
    figures = _figures(live) | {"frontal": _figures(frontal), "liveness": _liveness(live)}
    return Verdict(outcome, figures | {"distance": _farthest(frontal, live)})


def _unusable(result: FaceResult) -> FaceOutcome | None:
    return None if result.outcome is FaceOutcome.OK else result.outcome


def _not_live(result: FaceResult) -> FaceOutcome | None:
    return None if result.liveness is not None and result.liveness.live else FaceOutcome.NOT_LIVE


def _spoof(result: FaceResult) -> FaceOutcome | None:
    return FaceOutcome.SPOOF if result.spoofing is not None and not result.spoofing.is_real else None


def _compared(result: FaceResult) -> FaceOutcome:
    return FaceOutcome.MATCH if result.match else FaceOutcome.MISMATCH


def _one_person(frontal: FaceResult, live: FaceResult) -> FaceOutcome:
    """The same face throughout the frames, in the frontal photo and in the declared one."""
    apart = _apart(frontal, live)
    steady = live.identity_spread is None or live.identity_spread <= live.threshold
    same = apart is not None and apart <= live.threshold
    return FaceOutcome.MATCH if frontal.match and live.match and steady and same else FaceOutcome.MISMATCH


def _apart(frontal: FaceResult, live: FaceResult) -> float | None:
    if frontal.embedding is None or live.embedding is None:
        return None
    return distance(frontal.embedding, live.embedding)


def _farthest(frontal: FaceResult, live: FaceResult) -> float | None:
    distances = (frontal.distance, live.distance, _apart(frontal, live))
    return max((apart for apart in distances if apart is not None), default=None)


def _figures(result: FaceResult) -> dict[str, object]:
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
    return "real" if result.spoofing.is_real else "spoof"


def _liveness(result: FaceResult) -> dict[str, object]:
    return asdict(result.liveness) if result.liveness is not None else {}
