"""What was credited had been earned: by the wall clock, within lease and window (R9, R17, R23)."""

from collections.abc import Iterator

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.session import Session
from services.audit.domain.times import SKEW_MS
from shared.events.enrollment import LearningOpened
from shared.events.learning import LessonEntered, PlaybackRecorded, ScheduleMixed
from shared.events.proctor import FaceCheckPassed, ScheduleRevealed


@rule(
    "credit.lease", "R17", PlaybackRecorded, FaceCheckPassed, LessonEntered, ScheduleMixed, ScheduleRevealed
)
def lease(facts: Facts) -> Iterator[Fault]:
    """Nothing is credited before the start check was passed, nor beyond the moment of the unforeseen check
    before that one was passed; time is counted from then on."""
    yield from facts.credit.faults["credit.lease"]


@rule("credit.bank", "R23", PlaybackRecorded, LearningOpened)
def bank(facts: Facts) -> Iterator[Fault]:
    """A report spends no more time than passed while the session played and was not spent, of which at most
    `bank_s` are kept; a batch brings along no more than the one before it left."""
    yield from facts.credit.faults["credit.bank"]


@rule("credit.silence", "R23", PlaybackRecorded, LearningOpened)
def silence(facts: Facts) -> Iterator[Fault]:
    """Nothing is accepted more than `silence_s` after the last accepted report, or after its check."""
    yield from facts.credit.faults["credit.silence"]


@rule("credit.seek", "R23", PlaybackRecorded)
def seek(facts: Facts) -> Iterator[Fault]:
    """A report begins within what is covered, or at its end."""
    yield from facts.credit.faults["credit.seek"]


@rule("credit.rate", "R23", PlaybackRecorded)
def rate(facts: Facts) -> Iterator[Fault]:
    """Only video that was played at 1× is credited."""
    yield from facts.credit.faults["credit.rate"]


@rule("credit.window", "R9", PlaybackRecorded, LearningOpened)
def window(facts: Facts) -> Iterator[Fault]:
    """Reports count from the opening of the study window until it closes, its extensions included."""
    yield from facts.credit.faults["credit.window"]


@rule("credit.arrival", "R23", PlaybackRecorded)
def arrival(facts: Facts) -> Iterator[Fault]:
    """Reports arrive in order, and before the batch that lists them is published."""
    yield from facts.credit.faults["credit.arrival"]


@rule("credit.numbered", "R23", PlaybackRecorded)
def numbered(facts: Facts) -> Iterator[Fault]:
    """The batches of a session are numbered 1, 2, 3 …, and so are its accepted reports."""
    yield from facts.credit.faults["credit.numbered"]


@rule("credit.figures", "R23 R25", PlaybackRecorded)
def figures(facts: Facts) -> Iterator[Fault]:
    """Positions lie within the video, a refused report earns nothing, and what each report added and each
    batch came to is what the reports give when they are counted again."""
    yield from facts.credit.faults["credit.figures"]


@rule("credit.wall_clock", "R23", PlaybackRecorded, LessonEntered)
def wall_clock(facts: Facts) -> Iterator[Fault]:
    """A person's sessions never play at the same time, in whatever lessons and enrolments."""
    own = {session.id for session in facts.sessions}
    playing = sorted(
        (span, session.id, session) for session in facts.all_sessions if (span := session.played)
    )
    latest: tuple[int, Session] | None = None
    for (begin, end), id, session in playing:
        if latest and begin < latest[0] - SKEW_MS and {id, latest[1].id} & own:
            yield fault("Two sessions played at the same time", *_batches(latest[1]), *_batches(session))
        if latest is None or end > latest[0]:
            latest = end, session


def _batches(session: Session) -> list[PlaybackRecorded]:
    """Those that say when it played: the first and the last."""
    batches = session.all(PlaybackRecorded)
    return [batches[0], batches[-1]]
