"""Jobs of the face worker: ids that lead back to their aggregate, and the evidence in the answer."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events.proctor import Evidence, JobDone, Moment


class Outcome(StrEnum):
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


RETAKEABLE = frozenset({Outcome.NO_FACE, Outcome.TOO_DARK, Outcome.TOO_SMALL, Outcome.UNREADABLE})


def job_id(aggregate_id: str, part: str) -> str:
    """The id of a job that serves one part (hexadecimal or a number) of an aggregate."""
    return f"{aggregate_id}-{part}"


def part_of(job_id: str) -> tuple[str, str]:
    """Undo `job_id`: aggregate id and part."""
    aggregate_id, _, part = job_id.rpartition("-")
    return aggregate_id, part


def check_id_of(session_id: str, moment: Moment) -> str:
    """The id of a session's face check: `<session id>-<moment>`."""
    return job_id(session_id, moment.value)


def session_of(check_id: str) -> str:
    """The session of a face check; text that is no check's id leads to a session that does not exist."""
    return part_of(check_id)[0]


@dataclass(frozen=True)
class CheckFrame:
    """A frame that answers a face check; the id of its job is `<session id>-<moment>-<number>`."""

    check_id: str
    number: int  # 1, 2 …: which of the check's frames

    @classmethod
    def of_job(cls, job_id: str) -> "CheckFrame":
        """Raises ValueError: the id is no check frame's."""
        check_id, number = part_of(job_id)
        return cls(check_id, int(number))

    @property
    def job_id(self) -> str:
        """The id of the job that examines it."""
        return job_id(self.check_id, str(self.number))

    @property
    def session_id(self) -> str:
        """The session whose check it answers."""
        return session_of(self.check_id)


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
