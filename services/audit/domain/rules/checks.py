"""Face checks were asked for at their moment, answered in time, and concluded once (R17, R18)."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.session import Session
from services.audit.domain.times import SKEW, TRANSIT, came_before, is_before
from shared.events.learning import CheckDue, LessonEntered, ScheduleMixed, SessionEnded
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, FaceCheckRequested, JobQueued, Moment

Conclusion = FaceCheckPassed | FaceCheckFailed


@rule(
    "check.requested",
    "R17 R18",
    FaceCheckRequested,
    FaceCheckPassed,
    FaceCheckFailed,
    LessonEntered,
    CheckDue,
)
def requested(facts: Facts) -> Iterator[Fault]:
    """A check is concluded after it was asked for, once, with a deadline no longer than the plan's; the start
    check first, the unforeseen one only when it is due."""
    for session in facts.sessions:
        asked = {check.check_id: check for check in session.all(FaceCheckRequested)}
        for concluded in _conclusions(session):
            request = asked.get(concluded.check_id)
            if request is None:
                yield fault("A face check was concluded that was never asked for", concluded)
            elif request.moment is not concluded.moment:
                yield fault("A face check was asked for at another moment", request, concluded)
            elif came_before(concluded, request):
                yield fault("A face check was concluded before it was asked for", request, concluded)
        for request in session.all(FaceCheckRequested):
            yield from _request(facts, session, request)


@rule("check.concluded", "R18", FaceCheckRequested, FaceCheckPassed, FaceCheckFailed, SessionEnded)
def concluded_once(facts: Facts) -> Iterator[Fault]:
    """A check is asked for once, and passed or failed once, not both; each moment of a session has one."""
    for session in facts.sessions:
        for moment in Moment:
            asked = [check for check in session.all(FaceCheckRequested) if check.moment is moment]
            if len({check.check_id for check in asked}) > 1:
                yield fault("A face was asked for twice at one moment of a session", *asked)
        for events in (session.all(FaceCheckRequested), _conclusions(session)):
            for check_id, times in Counter(event.check_id for event in events).items():
                if times > 1:
                    same = [event for event in events if event.check_id == check_id]
                    yield fault("A face check was asked for or concluded twice", *same)


@rule(
    "check.attempts",
    "R18",
    FaceCheckRequested,
    FaceCheckPassed,
    FaceCheckFailed,
    LessonEntered,
    ScheduleMixed,
)
def attempts(facts: Facts) -> Iterator[Fault]:
    """After as many failed checks in a row as the plan allows, of the person in whatever lessons, no start
    check is asked for until the cool-down is over."""
    own = {session.id for session in facts.sessions}
    earlier: list[Session] = []
    for session in facts.all_sessions:
        for request in session.all(FaceCheckRequested):
            if session.id in own and request.moment is Moment.START:
                yield from _cooled(session, request, earlier)
        earlier.append(session)


@rule("check.deadline", "R18", FaceCheckRequested, FaceCheckPassed, JobQueued)
def deadline(facts: Facts) -> Iterator[Fault]:
    """The picture that a passed check rests on was sent after the check was asked for and by its deadline;
    judging it may take longer."""
    for session in facts.sessions:
        asked = {check.check_id: check for check in session.all(FaceCheckRequested)}
        for passed in session.all(FaceCheckPassed):
            request, job = asked.get(passed.check_id), session.job_of(passed)
            if request is None or job is None:
                continue
            if job.published.time > request.deadline + SKEW:
                yield fault("A face check was answered after its deadline", request, job, passed)
            if came_before(job, request):
                yield fault("A face check was answered before it was asked for", request, job, passed)
            if came_before(passed, job):
                yield fault("A face check was passed before it was answered", job, passed)


def _request(facts: Facts, session: Session, request: FaceCheckRequested) -> Iterator[Fault]:
    entered, due = session.entered, session.first(CheckDue)
    allowed = timedelta(seconds=facts.policy.check_deadline_s) + SKEW
    if request.deadline > request.published.time + allowed:
        yield fault("A face check may be answered for longer than the plan allows", request)
    if entered and came_before(request, entered):
        yield fault("A face check was asked for before its session began", entered, request)
    if request.moment is not Moment.UNFORESEEN:
        return
    if due is None:
        yield fault("An unforeseen check was asked for before it was due", request)
    elif came_before(request, due):
        yield fault("An unforeseen check was asked for before it was due", due, request)
    start = session.passed(Moment.START)
    if start is None:
        yield fault("An unforeseen check was asked for before the start check was passed", request)


def _cooled(session: Session, request: FaceCheckRequested, earlier: list[Session]) -> Iterator[Fault]:
    """Proctor counts the failures that it knows when learning answers its draw, and adds one that is judged
    later: a fault is what neither count allows."""
    entered, mixed = session.entered, session.first(ScheduleMixed)
    if entered is None or mixed is None:
        return
    heard = [
        each
        for before in earlier
        for each in _in_order(before)
        if not is_before(request.published.time, each.published.time)
    ]
    known = [
        each
        for each in heard
        if isinstance(each, FaceCheckPassed) or is_before(each.published.time, mixed.published.time)
    ]
    rows = [_cooling_row(counted, entered.check_attempts) for counted in (known, heard)]
    over = timedelta(seconds=entered.cooldown_s) - TRANSIT  # a failure may be published after it was judged
    if all(row and is_before(request.published.time, row[-1].published.time + over) for row in rows):
        yield fault("A face was asked for before the cool-down was over", *rows[0], request)


def _cooling_row(conclusions: list[Conclusion], attempts: int) -> list[Conclusion]:
    """The failures that brought the latest cool-down; none when a check was passed since.

    A start check that is passed makes up for other start checks, and for no unforeseen one (R18).
    """
    row: list[Conclusion] = []
    cooling: list[Conclusion] = []
    for conclusion in conclusions:
        if isinstance(conclusion, FaceCheckFailed):
            row.append(conclusion)
            cooling = [*row] if len(row) % max(1, attempts) == 0 else cooling
        else:
            at_start = conclusion.moment is Moment.START
            row = [each for each in row if at_start and each.moment is Moment.UNFORESEEN]
            cooling = []
    return cooling


def _in_order(session: Session) -> list[Conclusion]:
    return sorted(_conclusions(session), key=lambda each: each.published.sequence)


def _conclusions(session: Session) -> list[Conclusion]:
    return [*session.all(FaceCheckPassed), *session.all(FaceCheckFailed)]
