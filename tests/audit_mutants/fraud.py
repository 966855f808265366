"""What a fraud is, and the ways in which somebody who writes for every service edits a log.

A forger numbers the events of each subject again, so that no gap tells of what is missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TypeVar

from services.audit.tests.logs import HOURS, renumbered, swapped, without
from shared.events.base import Event
from shared.events.learning import LessonCompleted, PlaybackRecorded, SessionEnded
from shared.events.proctor import FaceCheckPassed, IdentityVerified, JobKind, JobQueued

E = TypeVar("E", bound=Event)
Log = Sequence[Event]
Plant = Callable[[Log, Random], list[Event] | None]
STRANGER = "person-2"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Fraud:
    """`rule`: of the auditor, that must find it. `plant`: the log with it, None where it does not fit."""

    name: str
    rule: str
    plant: Plant


def of(log: Log, kind: type[E]) -> list[E]:
    """The enrolment's events of a kind, and its person's, where a kind names no enrolment."""
    return [
        event for event in log if isinstance(event, kind) and getattr(event, "enrollment_id", HOURS) == HOURS
    ]


# ---- events on which something rests ----


def passes(log: Log) -> list[FaceCheckPassed]:
    """Face checks that a completed lesson names."""
    named = {check for lesson in of(log, LessonCompleted) for check in lesson.check_ids}
    return [check for check in of(log, FaceCheckPassed) if check.check_id in named]


def pictures(log: Log) -> list[JobQueued]:
    """Pictures on which passed checks rest."""
    used = {check.evidence.object_keys[-1] for check in passes(log)}
    return [job for job in of(log, JobQueued) if job.kind is JobKind.CHECK and job.frame_keys[-1] in used]


def proofs(log: Log) -> list[JobQueued]:
    """Pictures on which verified identities rest."""
    used = {key for verified in of(log, IdentityVerified) for key in verified.evidence.object_keys}
    return [job for job in of(log, JobQueued) if job.kind is JobKind.LIVENESS and used & set(job.frame_keys)]


def batches(log: Log) -> list[PlaybackRecorded]:
    """Reports that credited something."""
    return [batch for batch in of(log, PlaybackRecorded) if any(each.credited_ms for each in batch.reports)]


def ended_after(log: Log, session_id: str) -> SessionEnded:
    """The end of a session."""
    return next(ended for ended in of(log, SessionEnded) if ended.session_id == session_id)


# ---- edits ----


def dropped(log: Log, *events: Event) -> list[Event]:
    """The log without them."""
    return without(log, *events)


def doubled(log: Log, event: Event) -> list[Event]:
    """The log with the same fact once more, as an event of its own."""
    again = replace(event, meta=replace(event.published, id=f"again-{event.published.id}"))
    place = next(place for place, each in enumerate(log) if each is event)
    return renumbered([*log[: place + 1], again, *log[place + 1 :]])


def moved_to_front(log: Log, event: Event) -> list[Event]:
    """The event as the first of its subject, published when that one was."""
    first = min(_same_subject(log, event), key=lambda each: each.published.sequence)
    return _renumbered_as(log, event, first, before=True)


def moved_to_end(log: Log, event: Event) -> list[Event]:
    """The event as the last of its subject, published when that one was."""
    last = max(_same_subject(log, event), key=lambda each: each.published.sequence)
    return _renumbered_as(log, event, last, before=False)


def shifted(log: Log, event: Event, by: timedelta) -> list[Event]:
    """The event published earlier or later; its number stays."""
    time = event.published.time + by
    return swapped(log, event, replace(event, meta=replace(event.published, time=time)))


def edited(log: Log, event: Event, **fields: object) -> list[Event]:
    """The event with other fields."""
    return swapped(log, event, replace(event, **fields))  # type: ignore[arg-type]


def _same_subject(log: Log, event: Event) -> list[Event]:
    subject = event.published.source, event.published.subject
    return [each for each in log if (each.published.source, each.published.subject) == subject]


def _renumbered_as(log: Log, event: Event, other: Event, before: bool) -> list[Event]:
    """`event` right before or after `other` in its subject; the others close up."""
    order = sorted(_same_subject(log, event), key=lambda each: each.published.sequence)
    order.remove(event)
    order.insert(order.index(other) + (0 if before else 1) if other is not event else 0, event)
    edited_log = list(log)
    for number, each in enumerate(order, start=1):
        meta = replace(each.published, sequence=number)
        if each is event:
            meta = replace(meta, time=other.published.time)
        edited_log = swapped(edited_log, each, replace(each, meta=meta))
    return edited_log
