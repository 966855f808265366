"""One event of a log that the services wrote is changed or removed: the auditor finds it everywhere (R31).

`make audit-mutants` plants more, and cleverer frauds, in logs that the auditor's own builders write.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from services.audit.domain import derive_hours
from shared.events.base import Event
from shared.events.learning import (
    CheckDue,
    LessonCompleted,
    LessonEntered,
    PlaybackRecorded,
    ScheduleMixed,
    SessionEnded,
    StudyCompleted,
)
from shared.events.proctor import (
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    IdentityVerified,
    Moment,
    ScheduleDrawn,
    ScheduleRevealed,
)
from tests.integration.agreement.certification import audited, derivation
from tests.integration.agreement.player import played
from tests.integration.agreement.simulation import ENROLMENT

HOUR = timedelta(hours=1)
MIN_REST_MS = 2_000  # docs/adr/0014


@cache
def true_log() -> tuple[Event, ...]:
    """Of a finished and audited study with failed checks, refused reports and several sessions."""
    for simulation in map(played, range(100)):
        kinds = {type(event) for event in simulation.log}
        if {FaceCheckFailed, StudyCompleted} <= kinds and any(map(refused, simulation.log)):
            break
    derived = derivation(simulation.log, simulation.stream.now)
    simulation.publish(
        ENROLMENT, *audited([*simulation.log, derived], simulation.chance, simulation.stream.now)
    )
    simulation.wait(600_000)
    assert derive_hours(ENROLMENT, simulation.log).match
    return tuple(simulation.log)


def refused(event: Event) -> bool:
    """A batch with a refused report."""
    return isinstance(event, PlaybackRecorded) and any(report.refusal for report in event.reports)


def anywhere(event: Event) -> bool:
    return True


def earning(event: PlaybackRecorded) -> bool:
    """A batch that earned something."""
    return any(report.credited_ms for report in event.reports)


def let_play(event: FaceCheckPassed) -> bool:
    """A start check after which its session earned something."""
    sessions = {
        other.session_id for other in true_log() if isinstance(other, PlaybackRecorded) and earning(other)
    }
    return event.moment is Moment.START and event.session_id in sessions


def named(event: FaceCheckPassed) -> bool:
    """A check that a completed lesson rests on."""
    return any(
        event.check_id in other.check_ids for other in true_log() if isinstance(other, LessonCompleted)
    )


def answered(event: FaceCheckRequested) -> bool:
    """A check that was passed."""
    return event.check_id in {other.check_id for other in true_log() if isinstance(other, FaceCheckPassed)}


def ending(event: FaceCheckFailed) -> bool:
    """A failure that ended its session."""
    return event.check_id in {other.check_id for other in true_log() if isinstance(other, SessionEnded)}


def drawn(event: ScheduleMixed) -> bool:
    """Of a session whose moment depends on the draw."""
    return any(
        isinstance(other, LessonEntered)
        and other.session_id == event.session_id
        and not other.unforeseen_check_passed
        and other.duration_ms - other.covered_ms > MIN_REST_MS
        for other in true_log()
    )


def gone(event: Event) -> None:
    """The event is removed."""


def later(event: Event) -> Event:
    meta = event.published
    return replace(event, meta=replace(meta, time=meta.time + HOUR))


def failed(event: FaceCheckPassed) -> FaceCheckFailed:
    """The opposite answer to the same check."""
    fields = {name: value for name, value in vars(event).items() if name != "lease"}
    return FaceCheckFailed(reason="mismatch", **fields)


def with_first_report(**change: Callable[[Any], Any]) -> Callable[[PlaybackRecorded], PlaybackRecorded]:
    """The first report that earned something has other figures."""

    def changed(event: PlaybackRecorded) -> PlaybackRecorded:
        reports = list(event.reports)
        at = next(at for at, report in enumerate(reports) if report.credited_ms)
        reports[at] = replace(
            reports[at], **{name: make(getattr(reports[at], name)) for name, make in change.items()}
        )
        return replace(event, reports=reports)

    return changed


def more(value: int) -> int:
    return value + 1


@dataclass(frozen=True)
class Fault:
    """`change` is applied to an event of `kind` for which `where` holds; the auditor must report `code`."""

    description: str
    kind: type[Event]
    change: Callable[[Any], Event | None]
    code: str
    where: Callable[[Any], bool] = anywhere


FAULTS = [
    Fault(
        "a report earned a millisecond more",
        PlaybackRecorded,
        with_first_report(credited_ms=more),
        "credit.figures",
        earning,
    ),
    Fault(
        "a report was paid for with time that nobody had",
        PlaybackRecorded,
        with_first_report(paid_ms=lambda paid: paid + 60_000, to_ms=lambda to: to + 60_000),
        "credit.bank",
        earning,
    ),
    Fault(
        "a report was played faster",
        PlaybackRecorded,
        with_first_report(rate=lambda _: 2.0),
        "credit.rate",
        earning,
    ),
    Fault(
        "a report came an hour later",
        PlaybackRecorded,
        with_first_report(received_at=lambda at: at + HOUR),
        "credit.silence",
        earning,
    ),
    Fault(
        "a batch covers a millisecond more",
        PlaybackRecorded,
        lambda event: replace(event, covered_ms=event.covered_ms + 1),
        "credit.figures",
    ),
    Fault(
        "a batch brings time along",
        PlaybackRecorded,
        lambda event: replace(event, bank_ms=event.bank_ms + 60_000),
        "credit.bank",
        earning,
    ),
    Fault("a batch is missing", PlaybackRecorded, gone, "log.gapless", earning),
    Fault("a session's begin is missing", LessonEntered, gone, "session.entered"),
    Fault("a session's end is missing", SessionEnded, gone, "session.turn"),
    Fault(
        "a session ended with more",
        SessionEnded,
        lambda event: replace(event, covered_ms=event.covered_ms + 1),
        "session.ended",
    ),
    Fault("what was due is missing", CheckDue, gone, "session.due"),
    Fault("the identity's verification is missing", IdentityVerified, gone, "identity.verified"),
    Fault("the start check came after the credit", FaceCheckPassed, later, "credit.lease", let_play),
    Fault("credit without a start check", FaceCheckPassed, gone, "credit.lease", let_play),
    Fault("credit after a failed check", FaceCheckPassed, failed, "credit.lease", let_play),
    Fault("a completed lesson lacks its check", FaceCheckPassed, gone, "lesson.completed", named),
    Fault("a check was never asked for", FaceCheckRequested, gone, "check.requested", answered),
    Fault("the failed check behind an end is missing", FaceCheckFailed, gone, "session.ended", ending),
    Fault("a commitment is missing", ScheduleDrawn, gone, "schedule.drawn"),
    Fault(
        "learning's value is another one",
        ScheduleMixed,
        lambda event: replace(event, value="00" * 32),
        "schedule.moment",
        drawn,
    ),
    Fault(
        "another seed was revealed",
        ScheduleRevealed,
        lambda event: replace(event, seed="00" * 32),
        "schedule.revealed",
    ),
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
