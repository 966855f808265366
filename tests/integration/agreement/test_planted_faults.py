"""One event of a true log is changed or removed: the auditor finds it at every position (R31)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from services.audit.domain import derive_hours
from shared.events.base import Event
from shared.events.certificate import HoursAudited
from shared.events.learning import (
    LessonCompleted,
    LessonEntered,
    LessonPaused,
    PlaybackCredited,
    PlaybackRefused,
    StudyCompleted,
)
from shared.events.proctor import (
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    IdentityVerified,
    Moment,
    ScheduleRevealed,
)
from tests.integration.agreement.player import played
from tests.integration.agreement.simulation import ENROLMENT

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HOUR_MS = 3_600_000


@cache
def true_log() -> tuple[Event, ...]:
    """Of a finished and audited study with failed checks and refused reports."""
    wanted = {FaceCheckFailed, PlaybackRefused, StudyCompleted}
    simulation = next(
        candidate
        for candidate in map(played, range(100))
        if wanted <= {type(event) for event in candidate.log}
    )
    simulation.audit()
    assert derive_hours(ENROLMENT, simulation.log).match
    return tuple(simulation.log)


def anywhere(event: Event) -> bool:
    return True


def paid(event: PlaybackCredited) -> bool:
    """Credit for some time."""
    return event.to_ms > event.from_ms


def pausing(event: FaceCheckFailed) -> bool:
    """A failure that paused a lesson; one that came after its session's end pauses nothing."""
    return event.check_id in {other.check_id for other in true_log() if isinstance(other, LessonPaused)}


def let_play(event: FaceCheckPassed) -> bool:
    """A start check after which its session earned something."""
    credits = [other for other in true_log() if isinstance(other, PlaybackCredited) and paid(other)]
    return event.moment is Moment.START and event.session_id in {credit.session_id for credit in credits}


def interrupted(event: FaceCheckRequested) -> bool:
    """An unforeseen check of a session that had earned something before."""
    before = true_log()[: true_log().index(event)]
    credits = [other for other in before if isinstance(other, PlaybackCredited) and paid(other)]
    return event.moment is Moment.UNFORESEEN and event.session_id in {credit.session_id for credit in credits}


def named(event: FaceCheckPassed) -> bool:
    """A check that a completed lesson rests on."""
    return any(
        event.check_id in other.check_ids for other in true_log() if isinstance(other, LessonCompleted)
    )


def gone(event: Event) -> None:
    """The event is removed."""


def later(event: Event, by: timedelta = HOUR) -> Event:
    meta = event.published
    return replace(event, meta=replace(meta, time=meta.time + by))


def earlier(event: Event) -> Event:
    return later(event, -HOUR)


def failed(event: FaceCheckPassed) -> FaceCheckFailed:
    """The opposite answer to the same check."""
    return FaceCheckFailed(reason="mismatch", **vars(event))


@dataclass(frozen=True)
class Fault:
    """`change` is applied to an event of `kind` for which `where` holds; the auditor must report `code`."""

    description: str
    kind: type[Event]
    change: Callable[[Any], Event | None]
    code: str
    where: Callable[[Any], bool] = anywhere


def inflated(kind: type[Event], name: str, by: int, code: str) -> Fault:
    """A figure is greater than was earned."""
    return Fault(
        f"{kind.__name__}.{name} + {by}",
        kind,
        lambda event: replace(event, **{name: getattr(event, name) + by}),
        code,
    )


FAULTS = [
    inflated(PlaybackCredited, "covered_ms", 1, "covered_differs"),
    inflated(PlaybackCredited, "to_ms", HOUR_MS, "over_wall_clock"),
    inflated(PlaybackCredited, "budget_ms", HOUR_MS, "budget_over_wall_clock"),
    inflated(LessonCompleted, "credited_ms", 1, "completed_differs"),
    inflated(StudyCompleted, "elective_ms", 1, "total_differs"),
    inflated(HoursAudited, "compulsory_hours", 1, "audited_hours_differ"),
    Fault(
        "a report that arrived earlier",
        PlaybackCredited,
        lambda event: replace(event, received_at=event.received_at - MINUTE),
        "over_wall_clock",
        paid,
    ),
    Fault("a credit is missing", PlaybackCredited, gone, "event_missing"),
    Fault("a refusal is missing", PlaybackRefused, gone, "event_missing"),
    Fault("a session's begin is missing", LessonEntered, gone, "session_unknown"),
    Fault("the identity's verification is missing", IdentityVerified, gone, "identity_missing"),
    Fault("credit before the start check", FaceCheckPassed, later, "check_open", let_play),
    Fault("credit while a check is open", FaceCheckRequested, earlier, "check_open", interrupted),
    Fault("credit without a check", FaceCheckPassed, gone, "check_open", let_play),
    Fault("credit after a failed check", FaceCheckPassed, failed, "check_open", let_play),
    Fault("a completed lesson lacks its check", FaceCheckPassed, gone, "check_unknown", named),
    Fault("a failed check that paused is missing", FaceCheckFailed, gone, "pause_unfounded", pausing),
    Fault("another seed", ScheduleRevealed, lambda event: replace(event, seed="00" * 32), "seed_differs"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.description)
def test_a_fault_is_found_at_every_position(fault: Fault) -> None:
    log = true_log()
    positions = [at for at, event in enumerate(log) if isinstance(event, fault.kind) and fault.where(event)]
    assert positions
    for at in positions:
        changed = fault.change(log[at])
        altered = [*log[:at], *([changed] if changed else []), *log[at + 1 :]]
        discrepancies = derive_hours(ENROLMENT, altered).discrepancies
        assert fault.code in {discrepancy.code for discrepancy in discrepancies}, log[at]
