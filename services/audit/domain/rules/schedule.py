"""The draw of the unforeseen check: neither side chose it, nobody chose it late (R17; ADR 14)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.schedule import bytes_of, moment_of
from services.audit.domain.session import Session
from services.audit.domain.times import came_before
from shared.events.base import Event
from shared.events.learning import CheckDue, LessonEntered, ScheduleMixed, SessionEnded
from shared.events.proctor import FaceCheckPassed, FaceCheckRequested, Moment, ScheduleDrawn, ScheduleRevealed


@rule("schedule.drawn", "R17", LessonEntered, ScheduleDrawn, FaceCheckRequested, FaceCheckPassed)
def drawn(facts: Facts) -> Iterator[Fault]:
    """Each session in which a face was asked for or video credited has one commitment to a seed, made after
    it was entered, and to no seed of another session."""
    seen: dict[str, ScheduleDrawn] = {}
    for session in facts.sessions:
        draws, entered = session.all(ScheduleDrawn), session.entered
        if not draws and (basis := _went_on(session)):
            yield fault("No schedule was drawn for a session", basis)
        if len(draws) > 1:
            yield fault("A schedule was drawn twice for a session", *draws)
        for draw in draws:
            if entered and came_before(draw, entered):
                yield fault("A schedule was drawn before its session began", entered, draw)
            if (
                first := seen.setdefault(draw.seed_hash, draw)
            ) is not draw and first.session_id != session.id:
                yield fault("Two sessions have one seed", first, draw)


@rule("schedule.mixed", "R17", ScheduleDrawn, ScheduleMixed, FaceCheckRequested, FaceCheckPassed)
def mixed(facts: Facts) -> Iterator[Fault]:
    """Learning answers proctor's commitment once, after it, with 32 bytes that it never used before; no face
    check is asked for earlier."""
    seen: dict[str, ScheduleMixed] = {}
    for session in facts.sessions:
        mixes, draw = session.all(ScheduleMixed), session.first(ScheduleDrawn)
        if not mixes and (basis := _went_on(session)):
            yield fault("A commitment was not answered before a check was asked for", basis)
        if len(mixes) > 1:
            yield fault("A commitment was answered twice", *mixes)
        for mix in mixes:
            yield from _answer(session, mix, draw)
            if (first := seen.setdefault(mix.value, mix)) is not mix and first.session_id != session.id:
                yield fault("Two sessions have one value", first, mix)


@rule("schedule.revealed", "R17", ScheduleDrawn, ScheduleRevealed, SessionEnded)
def revealed(facts: Facts) -> Iterator[Fault]:
    """After a session's end, and not before, its seed is revealed once: 32 bytes with the hash that was
    committed to."""
    for session in facts.sessions:
        reveals, draw, ended = session.all(ScheduleRevealed), session.first(ScheduleDrawn), session.ended
        if ended and not reveals and (draw or _went_on(session)):
            yield fault("The seed of a session was not revealed", *([draw] if draw else []), ended)
        if len(reveals) > 1:
            yield fault("A seed was revealed twice", *reveals)
        for reveal in reveals:
            if draw and hashlib.sha256(bytes_of(reveal.seed)).hexdigest() != draw.seed_hash:
                yield fault("The revealed seed is not the one that was committed to", draw, reveal)
            if draw is None:
                yield fault("A seed was revealed that was never committed to", reveal)
            if ended and came_before(reveal, ended):
                yield fault("A seed was revealed before its session ended", ended, reveal)


@rule("schedule.moment", "R17", LessonEntered, ScheduleMixed, ScheduleRevealed, FaceCheckRequested)
def moment(facts: Facts) -> Iterator[Fault]:
    """The moment of the unforeseen check is what the seed, learning's value and the session's id give; there
    is none where that check was passed in an earlier session of the lesson, or where the session had ended
    before proctor asked for its first check."""
    for session in facts.sessions:
        reveal, mix, entered = session.first(ScheduleRevealed), session.first(ScheduleMixed), session.entered
        if reveal is None or mix is None or entered is None:
            continue
        if reveal.unforeseen_at_ms is None and not session.all(FaceCheckRequested):
            continue
        computed = (
            None if entered.unforeseen_check_passed else moment_of(bytes_of(reveal.seed), mix.value, entered)
        )
        if reveal.unforeseen_at_ms != computed:
            message = f"Published the moment {reveal.unforeseen_at_ms} ms, the draw gives {computed} ms"
            yield fault(message, entered, mix, reveal)


def _answer(session: Session, mix: ScheduleMixed, draw: ScheduleDrawn | None) -> Iterator[Fault]:
    if len(bytes_of(mix.value)) == 0:
        yield fault("Learning's value is not 32 bytes", mix)
    if draw and mix.seed_hash != draw.seed_hash:
        yield fault("Another commitment was answered", draw, mix)
    if draw and came_before(mix, draw):
        yield fault("A commitment was answered before it was made", draw, mix)
    for check in session.all(FaceCheckRequested):
        if check.moment is Moment.START and came_before(check, mix):
            yield fault("A check was asked for before its commitment was answered", mix, check)


def _went_on(session: Session) -> Event | None:
    """What shows that a session came as far as its start check."""
    kinds: defaultdict[str, list[Event]] = defaultdict(list)
    for kind in (FaceCheckRequested, FaceCheckPassed, CheckDue):
        kinds["events"] += session.all(kind)
    accepted = session.accepted()
    return next(iter(kinds["events"]), accepted[0][0] if accepted else None)
