"""Proctoring of play sessions, from the draw to the reveal (R17, R18)."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from services.proctor.adapters.sealed_seeds import SealedSeeds
from services.proctor.domain import ProctoredSession
from services.proctor.domain.schedule import draw_seed
from services.proctor.storage import ProctoredSessions
from shared.domain.clock import Clock
from shared.events.learning import CheckDue, Ending, LessonEntered, ScheduleMixed, SessionEnded

log = structlog.get_logger()


def begin(sessions: ProctoredSessions, seeds: SealedSeeds, entered: LessonEntered, now: datetime) -> None:
    """抽签: a session begins with a promise, and older ones of the person are over (R17).

    They are closed before: a check that was left in them counts before one is asked in the new one (R18).
    Afterwards once more, for one that was added meanwhile, or when this entry is the older one.
    """
    _close(sessions, seeds, sessions.going_on_before(entered.turn, entered.person_id), now)
    seed = draw_seed()
    sealed_seed = seeds.seal(entered.person_id, entered.session_id, seed)
    sessions.add(ProctoredSession.draw(entered, seed=seed, sealed_seed=sealed_seed), because=entered)
    _close(sessions, seeds, sessions.superseded(entered.person_id), now)


def mix(sessions: ProctoredSessions, seeds: SealedSeeds, mixed: ScheduleMixed, now: datetime) -> None:
    """抽签应答: the moment is fixed, and the start check is asked (R17). Raises NotFound."""

    def take_value(session: ProctoredSession) -> bool:
        return session.mix(mixed, seeds.unseal(session), sessions.streak_before(session), now)

    if sessions.update(mixed.session_id, take_value, because=mixed) is False:
        log.warning("schedule.value_ignored", session_id=mixed.session_id, seed_hash=mixed.seed_hash)


def request_unforeseen(sessions: ProctoredSessions, seeds: SealedSeeds, due: CheckDue, now: datetime) -> None:
    """应核验: the unforeseen check is asked (R17). Raises NotFound."""

    def when_due(session: ProctoredSession) -> bool:
        return session.request_unforeseen(due.covered_ms, seeds.unseal(session), now)

    if sessions.update(due.session_id, when_due, because=due) is False:
        log.warning("check.not_due", session_id=due.session_id, covered_ms=due.covered_ms)


def end(sessions: ProctoredSessions, seeds: SealedSeeds, ended: SessionEnded, now: datetime) -> None:
    """播放结束: the play session is over (R18). Raises NotFound."""
    sessions.update(
        ended.session_id,
        lambda session: session.close(seeds.unseal(session), ended.ending, now),
        because=ended,
    )


def pass_time(sessions: ProctoredSessions, clock: Clock) -> None:
    """Checks that were missed fail, and those that waited for a cool-down are requested (R18).

    Each by the time of its own write: no deadline may begin with the first session of a long round.
    """
    for session in sessions.waking(clock()):
        sessions.update(session.id, lambda session: session.elapse(clock()))


def _close(
    sessions: ProctoredSessions, seeds: SealedSeeds, older: Iterable[ProctoredSession], now: datetime
) -> None:
    for session in older:
        sessions.update(
            session.id, lambda session: session.close(seeds.unseal(session), Ending.SUPERSEDED, now)
        )
