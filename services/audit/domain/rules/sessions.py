"""A play session begins with what was covered, and ends with what it came to, once (R18, R23, R25)."""

from collections.abc import Iterator

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.schedule import was_passed
from services.audit.domain.session import Session
from services.audit.domain.session_credit import SessionCredit
from services.audit.domain.times import SKEW, came_before, is_before, milliseconds
from shared.events.certificate import HoursAudited
from shared.events.enrollment import (
    DeclarationWithdrawn,
    EnrollmentBarred,
    EnrollmentSuspended,
    LearningOpened,
)
from shared.events.learning import (
    CheckDue,
    Ending,
    LessonCompleted,
    LessonEntered,
    PlaybackRecorded,
    ScheduleMixed,
    SessionEnded,
    StudyCompleted,
)
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, Moment


@rule("session.entered", "R23 R25", LessonEntered, LearningOpened, FaceCheckPassed, PlaybackRecorded)
def entered_once(facts: Facts) -> Iterator[Fault]:
    """A session is entered once, before anything else happens in it, within the study window, with the
    lesson's coverage as it was, and with the plan's terms of face checks; an unforeseen check that it
    need not repeat was passed in an earlier session of the lesson."""
    for sessions in facts.sessions_by_lesson.values():
        earlier: list[FaceCheckPassed] = []
        for session in sessions:
            if session.entered is None:
                yield fault("The log lacks how a session began", session.events[0])
                continue
            yield from _entry(facts, session, session.entered, earlier)
            earlier += [check for check in session.all(FaceCheckPassed) if check.moment is Moment.UNFORESEEN]


@rule("session.due", "R17", CheckDue, LessonEntered, PlaybackRecorded)
def due(facts: Facts) -> Iterator[Fault]:
    """When the credit has come to the moment of the unforeseen check, learning says so, once, at that moment
    of the video and when it was reached."""
    for session in facts.sessions:
        counted, dues = facts.credit.sessions[session.id], session.all(CheckDue)
        if len(dues) > 1:
            yield fault("A check fell due twice in one session", *dues)
        for event in dues:
            yield from _due(counted, session, event)
        if not dues and counted.lease.drawn and counted.reached_at:
            yield fault("The lease was used up, and no check fell due", session.all(PlaybackRecorded)[-1])


@rule(
    "session.ended",
    "R18 R23",
    SessionEnded,
    PlaybackRecorded,
    CheckDue,
    ScheduleMixed,
    FaceCheckFailed,
    EnrollmentSuspended,
    EnrollmentBarred,
    DeclarationWithdrawn,
    LearningOpened,
)
def ended_once(facts: Facts) -> Iterator[Fault]:
    """A session ends once, with the coverage and the last report that its reports give, after which nothing
    is accepted in it; what ended it is in the log: a failed check, a suspension, the end of the window."""
    for session in facts.sessions:
        if len(session.all(SessionEnded)) > 1:
            yield fault("A session ended twice", *session.all(SessionEnded))
        if session.ended is not None:
            yield from _end(facts, session, session.ended)


@rule("session.turn", "R23", LessonEntered, SessionEnded, LessonCompleted, StudyCompleted, HoursAudited)
def turn(facts: Facts) -> Iterator[Fault]:
    """A person has one session at a time, in whatever enrolments, numbered by their turns: it has ended
    before the next one begins, and before its lesson, the study or its audit is concluded."""
    own, latest = {session.id for session in facts.sessions}, None
    turns: dict[int, Session] = {}
    begun: Session | None = None
    for session in facts.all_sessions:
        if session.entered and session.entered.turn:
            if begun and {begun.id, session.id} & own and is_before(session.began_at, begun.began_at):
                yield fault("A session began before one of an earlier turn", begun.events[0], session.entered)
            begun = session
        if (
            session.entered
            and session.entered.turn
            and (first := turns.setdefault(session.entered.turn, session)) is not session
        ):
            yield fault("Two sessions have one turn", *first.events[:1], session.entered)
        if latest and {latest.id, session.id} & own and _overlap(latest, session):
            shown = [latest.ended or latest.events[-1], session.entered or session.events[0]]
            yield fault("A session began before the one before it had ended", *shown)
        if latest is None or session.ended_at > latest.ended_at:
            latest = session
    concluded = [*facts.own(StudyCompleted), *facts.own(HoursAudited)]
    for session in facts.sessions:
        lessons = [each for each in facts.own(LessonCompleted) if each.lesson_id == session.lesson_id]
        if session.ended is None and (basis := [*lessons, *concluded][:1]):
            yield fault("A session never ended, and its lesson is concluded", session.events[-1], *basis)


def _overlap(one: Session, other: Session) -> bool:
    """Whether two sessions lived at the same time, by more than clocks may differ."""
    return is_before(one.began_at, other.ended_at) and is_before(other.began_at, one.ended_at)


def _entry(
    facts: Facts, session: Session, entered: LessonEntered, earlier: list[FaceCheckPassed]
) -> Iterator[Fault]:
    counted, policy = facts.credit.sessions[session.id], facts.policy
    if len(session.all(LessonEntered)) > 1:
        yield fault("A session was entered twice", *session.all(LessonEntered))
    if entered.covered_ms != counted.entered_ms:
        yield fault(f"Entered with {entered.covered_ms} ms covered, counted {counted.entered_ms} ms", entered)
    if entered.unforeseen_check_passed and not was_passed(entered, earlier):
        yield fault("No unforeseen check was passed in an earlier session", entered)
    terms = (entered.check_deadline_s, entered.check_attempts, entered.cooldown_s)
    if terms != (policy.check_deadline_s, policy.check_attempts, policy.cooldown_s):
        yield fault("A session goes by other terms of face checks than the plan's", entered)
    if facts.is_outside_window(entered.published.time):
        yield fault("A lesson was entered outside the study window", entered)
    for event in session.events:
        if event.published.source == "learning" and event.published.sequence < entered.published.sequence:
            yield fault("Something happened in a session before it was entered", entered, event)
        if came_before(event, entered):
            yield fault("Something happened in a session before it was entered", entered, event)


def _due(counted: SessionCredit, session: Session, event: CheckDue) -> Iterator[Fault]:
    batches = session.all(PlaybackRecorded)
    if session.entered and session.entered.unforeseen_check_passed:
        yield fault("A check fell due that had been passed", session.entered, event)
    if counted.lease.start is None:
        yield fault("A check fell due before the start check was passed", event)
    if not counted.lease_used_up or event.covered_ms != counted.lease.until_ms:
        message = f"A check fell due at {event.covered_ms} ms, the lease ran to {counted.lease.until_ms} ms"
        yield fault(message, *batches[-1:], event)
    reached = counted.reached_at or counted.lease.start
    if reached and is_before(event.reached_at, reached):
        yield fault("A check fell due before the lease was used up", *batches[-1:], event)
    if event.reached_at > event.published.time + SKEW:
        yield fault("A check fell due later than it was published", event)


def _end(facts: Facts, session: Session, ended: SessionEnded) -> Iterator[Fault]:
    counted, batches = facts.credit.sessions[session.id], session.all(PlaybackRecorded)
    published = (ended.covered_ms, ended.reports)
    if published != (counted.covered_ms, counted.reports):
        message = (
            f"Ended with {published} (ms covered, reports), counted {counted.covered_ms, counted.reports}"
        )
        yield fault(message, *batches[-1:], ended)
    yield from _after(session, ended)
    yield from _excuse(facts, ended)
    if ended.ended_at > ended.published.time + SKEW:
        yield fault("A session ended later than it was published", ended)
    failed = {check.check_id for check in session.all(FaceCheckFailed)}
    if ended.ending is Ending.CHECK_FAILED and ended.check_id not in failed:
        yield fault("No failed check stands behind the end of a session", ended)
    if ended.ending is not Ending.CHECK_FAILED and ended.check_id is not None:
        yield fault("A session names a failed check, and ended for another reason", ended)
    if ended.ending is Ending.COMPLETED and not _is_watched(facts, session, counted):
        yield fault("A session ended as completed, and it was not", *batches[-1:], ended)


def _excuse(facts: Facts, ended: SessionEnded) -> Iterator[Fault]:
    """A check that was left in such a session does not count as missed (R18)."""
    stops = [*facts.own(EnrollmentSuspended), *facts.own(EnrollmentBarred), *facts.own(DeclarationWithdrawn)]
    if ended.ending is Ending.STOPPED and all(
        is_before(ended.ended_at, stop.published.time) for stop in stops
    ):
        yield fault("A session was stopped, and nothing stood in its way", ended)
    at = milliseconds(ended.ended_at)
    if ended.ending is Ending.WINDOW_CLOSED and all(at < milliseconds(end) for end in facts.ends):
        yield fault("A session ended with the study window, which was open", ended)


def _after(session: Session, ended: SessionEnded) -> Iterator[Fault]:
    for batch, report in session.accepted():
        if report.received_at > ended.ended_at + SKEW or _follows(batch, ended):
            yield fault("A report was accepted after the session had ended", ended, batch)
            return
    decided: list[CheckDue | ScheduleMixed] = [*session.all(CheckDue), *session.all(ScheduleMixed)]
    for event in decided:
        if _follows(event, ended):
            yield fault("Something was decided in a session after it had ended", ended, event)


def _follows(event: CheckDue | PlaybackRecorded | ScheduleMixed, ended: SessionEnded) -> bool:
    return event.published.sequence > ended.published.sequence


def _is_watched(facts: Facts, session: Session, counted: SessionCredit) -> bool:
    lesson = facts.credit.lessons[session.lesson_id or ""]
    watched = (lesson.duration_ms or 0) - counted.covered_ms <= facts.policy.slack_s * 1000
    entered = session.entered
    passed = session.passed(Moment.UNFORESEEN) or (entered and entered.unforeseen_check_passed)
    return watched and bool(passed) and session.passed(Moment.START) is not None
