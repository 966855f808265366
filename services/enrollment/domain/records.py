"""What the events of learning and proctor say about somebody's conduct in a play session (R26)."""

from collections import Counter
from dataclasses import dataclass

from services.enrollment.domain.cheating import SessionNotes
from shared.events.learning import PlaybackRecorded
from shared.events.proctor import FaceCheckFailed, ReviewRequested

ConductEvent = PlaybackRecorded | FaceCheckFailed | ReviewRequested


@dataclass(frozen=True, kw_only=True)
class Record:
    """行为记录: whom an event is about, and what it adds to the notes of a session."""

    enrollment_id: str
    person_id: str
    session_id: str
    notes: SessionNotes


def record_of(event: ConductEvent) -> Record:
    """What it says, whether it weighs anything or not."""
    notes = SessionNotes(
        lesson_id=event.lesson_id,
        at=event.published.time,
        counts=_counts(event),
        event_ids=[event.published.id],
    )
    return Record(
        enrollment_id=event.enrollment_id,
        person_id=event.person_id,
        session_id=event.session_id,
        notes=notes,
    )


def _counts(event: ConductEvent) -> dict[str, int]:
    match event:
        case PlaybackRecorded():
            return _refusals(event)
        case FaceCheckFailed():
            return {event.reason: 1}
        case ReviewRequested():
            return {"review": 1}


def _refusals(event: PlaybackRecorded) -> dict[str, int]:
    """How often each kind was refused.

    Those that are not listed are taken for the kind that most of the listed ones are; for none when there is
    no such kind, in the learner's favour.
    """
    listed = Counter(report.refusal for report in event.reports if report.refusal is not None)
    for kind, count in listed.most_common(1):
        if 2 * count > listed.total():
            listed[kind] += event.refusals_left_out
    return dict(listed)
