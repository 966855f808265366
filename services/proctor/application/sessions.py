"""Proctoring of play sessions, from the draw to the reveal (R17, R18)."""

from collections.abc import Iterable
from datetime import datetime

from services.proctor.adapters.sealed_seeds import SealedSeeds
from services.proctor.domain import ProctoredSession
from services.proctor.domain.schedule import draw_seed
from services.proctor.domain.streak import Streak
from services.proctor.storage import ProctoredSessions
from shared.events.learning import LessonCompleted, LessonEntered, LessonPaused, PlaybackCredited


def begin(sessions: ProctoredSessions, seeds: SealedSeeds, entered: LessonEntered, now: datetime) -> None:
    """抽签: a session begins with its start check, and older ones of the enrolment are over (R17)."""
    seed = draw_seed()
    session = ProctoredSession.of_entry(
        entered,
        sealed_seed=seeds.seal(entered.person_id, entered.session_id, seed),
        earlier_streak=_streak_before(sessions, entered),
    )
    session.open(seed, now)
    sessions.add(session, because=entered)
    _close(sessions, seeds, sessions.superseded(entered.enrollment_id), now)


def follow(
    sessions: ProctoredSessions, seeds: SealedSeeds, credited: PlaybackCredited, now: datetime
) -> None:
    """Credit grew: the unforeseen check is requested at its moment (R17)."""
    sessions.update(
        credited.session_id,
        lambda session: session.follow(credited.covered_ms, seeds.unseal(session), now),
        because=credited,
    )


def end(sessions: ProctoredSessions, seeds: SealedSeeds, paused: LessonPaused, now: datetime) -> None:
    """散场: the lesson paused, and with it its session."""
    _close(sessions, seeds, sessions.going_on(paused.session_id), now)


def end_all_of(
    sessions: ProctoredSessions, seeds: SealedSeeds, completed: LessonCompleted, now: datetime
) -> None:
    """散场: the lesson is complete, and every session of it is over that began before."""
    until = completed.published.time
    going_on = sessions.going_on_in(completed.enrollment_id, completed.lesson_id, until)
    _close(sessions, seeds, going_on, now)


def pass_time(sessions: ProctoredSessions, now: datetime) -> None:
    """Checks that were missed fail, and those that waited for a cool-down are requested (R18)."""
    for session in sessions.waking(now):
        sessions.update(session.id, lambda session: session.elapse(now))


def _streak_before(sessions: ProctoredSessions, entered: LessonEntered) -> Streak:
    earlier = sessions.latest_before(entered.published.time, entered.enrollment_id, entered.lesson_id)
    return earlier.streak if earlier else Streak()


def _close(
    sessions: ProctoredSessions, seeds: SealedSeeds, going_on: Iterable[ProctoredSession], now: datetime
) -> None:
    for session in going_on:
        sessions.update(session.id, lambda session: session.close(seeds.unseal(session), now))
