"""Face checks were asked for at their moment, answered in time, and concluded once (R17, R18)."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.session import Session
from services.audit.domain.times import SKEW, came_before
from shared.events.learning import CheckDue, LessonEntered, SessionEnded
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
    """A check is asked for once, and passed or failed once, not both."""
    for session in facts.sessions:
        for events in (session.all(FaceCheckRequested), _conclusions(session)):
            for check_id, times in Counter(event.check_id for event in events).items():
                if times > 1:
                    same = [event for event in events if event.check_id == check_id]
                    yield fault("A face check was asked for or concluded twice", *same)


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


def _conclusions(session: Session) -> list[Conclusion]:
    return [*session.all(FaceCheckPassed), *session.all(FaceCheckFailed)]
