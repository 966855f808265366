"""Jobs of the face worker: what it can answer, and the evidence in its answer."""

from enum import StrEnum

from shared.events.proctor import Evidence, JobDone


class FaceOutcome(StrEnum):
    """What the worker can say of a job; pictures that cannot be judged are never a mismatch.

    The only list of face outcomes: the worker's detector and its verdicts take theirs from here.
    """

    OK = "ok"  # a declaration photo was measured
    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_LIVE = "not_live"
    SPOOF = "spoof"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_DARK = "too_dark"
    TOO_SMALL = "too_small"
    UNREADABLE = "unreadable"


RETAKEABLE = frozenset(
    {FaceOutcome.NO_FACE, FaceOutcome.TOO_DARK, FaceOutcome.TOO_SMALL, FaceOutcome.UNREADABLE}
)


def evidence_of(done: JobDone, object_keys: list[str]) -> Evidence:
    """What the worker measured, with the sealed pictures that it rests on (R20)."""
    figures = done.figures
    return Evidence(
        outcome=done.outcome,
        distance=figures.get("distance"),
        threshold=figures.get("threshold", 0.0),
        model=done.model,
        model_version=done.model_version,
        liveness=figures.get("liveness", {}),
        antispoof=figures.get("antispoof", "absent"),
        object_keys=object_keys,
    )
