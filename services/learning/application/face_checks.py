"""人脸核验: what proctor's draws and checks mean for the session that they belong to (R17, R18)."""

from datetime import datetime

from services.learning.domain import PassedCheck
from services.learning.domain.event_factory import draw_value
from services.learning.storage import PlaySessions, Studies
from shared.events.learning import Ending
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, ScheduleDrawn
from shared.security.leases import LeaseInvalid, LeaseOpener


def answer_draw(sessions: PlaySessions, drawn: ScheduleDrawn) -> None:
    """抽签应答: a value of our own, drawn only now that proctor is bound to its seed. Raises NotFound."""
    sessions.update(
        drawn.session_id, lambda session: session.mix(drawn.seed_hash, draw_value()), because=drawn
    )


def pass_check(
    studies: Studies, sessions: PlaySessions, leases: LeaseOpener, check: FaceCheckPassed, now: datetime
) -> None:
    """人脸核验通过 → credit may run as far as its lease says, from `now` on.

    Of a session that the end of the study window has ended meanwhile, the study takes the check over.

    Raises NotFound, and LeaseInvalid without a lease of this very check: such an event ends in the dead
    letters.
    """
    lease = leases.open(check.lease or "")
    if (lease.session_id, lease.check_id) != (check.session_id, check.check_id):
        raise LeaseInvalid()
    passed = PassedCheck(check_id=check.check_id, moment=check.moment)
    session = sessions.update_and_get(
        check.session_id,
        lambda session: session.pass_check(
            passed, lease_ms=lease.until_ms, passed_at=check.published.time, now=now
        ),
        because=check,
    )
    if session.ending is Ending.WINDOW_CLOSED:
        studies.update(session.enrollment_id, lambda study: study.absorb(session, now))


def fail_check(sessions: PlaySessions, check: FaceCheckFailed, now: datetime) -> None:
    """人脸核验不通过 → the session ends; what was earned is kept (R18). Raises NotFound."""
    sessions.update(
        check.session_id,
        lambda session: session.end(Ending.CHECK_FAILED, now, check.check_id),
        because=check,
    )
