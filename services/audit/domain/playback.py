"""What each credited report earns by the auditor's own count (R18, R23).

The time that may pay for a report runs from its anchor to its arrival. When the report before it, in the same
session, was credited and arrived at that anchor, what it left unspent may be added, up to the plan's
`carry_s`. No time is spent twice, by whatever sessions or tabs, and none that a face check had closed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.audit.domain.closed import FOREVER, closed_times, milliseconds
from services.audit.domain.discrepancy import Discrepancy, against
from services.audit.domain.intervals import Interval, length, without
from services.audit.domain.wallclock import WallClock
from shared.events.base import Event
from shared.events.enrollment import LearningOpened
from shared.events.learning import PlaybackCredited, PlaybackRefused
from shared.events.terms import StudyPolicy

ALWAYS: list[Interval] = [(-FOREVER, FOREVER)]  # a session that proctor does not know had no check


@dataclass(frozen=True)
class Earnings:
    """One credited report: the video [from_ms, to_ms) that was paid for, and what could have paid."""

    interval: Interval
    budget_ms: int  # anchor to arrival, and what the report before had left
    open_ms: int  # that, less what face checks had closed

    @property
    def length_ms(self) -> int:
        """How much video it is."""
        return self.interval[1] - self.interval[0]


def earned_by_report(events: Sequence[Event]) -> dict[str, Earnings]:
    """For each credited report, by event id, what it has earned.

    `events` are all of a person's, so that two enrolments cannot spend the same time.
    """
    reports = sorted((event for event in events if isinstance(event, PlaybackCredited)), key=_arrival)
    carries, closed, clock = _carries(events, reports), closed_times(events), WallClock()
    return {
        report.published.id: _earn(
            report, carries[report.published.id], clock, closed.get(report.session_id, ALWAYS)
        )
        for report in reports
    }


def judge_report(report: PlaybackCredited, earned: Earnings) -> Iterator[Discrepancy]:
    """Why a report was credited with more than it had earned, if so."""
    played, lesson = report.to_ms - report.from_ms, report.lesson_id
    if played < 0:
        yield against("report_impossible", "A report that ends before it starts", report, lesson_id=lesson)
    if report.budget_ms > earned.budget_ms:
        message = f"A budget of {report.budget_ms} ms, {earned.budget_ms} ms had passed"
        yield against("budget_over_wall_clock", message, report, lesson_id=lesson)
    if (missing := played - earned.length_ms) > 0:
        by_check = earned.open_ms < played <= earned.budget_ms
        code = "check_open" if by_check else "over_wall_clock"
        yield against(
            code, f"{missing} ms were credited without time to pay for them", report, lesson_id=lesson
        )


def repeated_reports(events: Iterable[Event]) -> Iterator[Discrepancy]:
    """Reports of one session that share a number: each counts once, credited or refused."""
    seen: dict[tuple[str, int], Event] = {}
    for event in events:
        if isinstance(event, PlaybackCredited | PlaybackRefused):
            first = seen.setdefault((event.session_id, event.report), event)
            if first is not event and isinstance(event, PlaybackCredited):
                message = "A report was counted twice"
                yield against("report_repeated", message, first, event, lesson_id=event.lesson_id)


def _carries(events: Iterable[Event], reports: Iterable[PlaybackCredited]) -> dict[str, int]:
    """For each credited report, how much time from before its anchor it may bring along at most, in ms."""
    policies = {event.enrollment_id: event.policy for event in events if isinstance(event, LearningOpened)}
    arrivals = {(report.session_id, report.report): report.received_at for report in reports}
    return {report.published.id: _carry(report, arrivals, policies) for report in reports}


def _carry(
    report: PlaybackCredited, arrivals: Mapping[tuple[str, int], object], policies: Mapping[str, StudyPolicy]
) -> int:
    """Only what the credited report just before it may have left (a refusal in between leaves nothing)."""
    policy = policies.get(report.enrollment_id)
    follows = arrivals.get((report.session_id, report.report - 1)) == report.anchored_at
    return policy.carry_s * 1000 if policy and follows else 0


def _earn(report: PlaybackCredited, carry: int, clock: WallClock, closed: list[Interval]) -> Earnings:
    earliest, received = milliseconds(report.anchored_at) - carry, milliseconds(report.received_at)
    unspent = clock.unspent(earliest, received)
    paid = clock.pay(earliest, received, max(0, report.to_ms - report.from_ms), closed)
    return Earnings(
        interval=(report.from_ms, report.from_ms + paid),
        budget_ms=unspent[1] - unspent[0],
        open_ms=length(without(unspent, closed)),
    )


def _arrival(report: PlaybackCredited) -> tuple[int, int]:
    return milliseconds(report.received_at), report.published.sequence
