"""What learning and proctor publish about somebody's conduct."""

from collections.abc import Mapping

from services.enrollment.tests.builders import NOW
from shared.events.learning import PlaybackRecorded, ReportRecord
from shared.events.proctor import FaceCheckFailed, Moment, ReviewRequested

WHO = {"enrollment_id": "enrollment-1", "person_id": "person-1"}


def batch(
    refusals: Mapping[str, int], *, session: str = "session-1", left_out: int = 0, **who: str
) -> PlaybackRecorded:
    """A batch of reports, of which so many of each kind were refused."""
    kinds = [kind for kind, count in refusals.items() for _ in range(count)]
    return PlaybackRecorded(
        **(WHO | who),
        lesson_id="lesson-1",
        session_id=session,
        batch=1,
        anchored_at=NOW,
        bank_ms=0,
        reports=[_report(None), *(_report(kind) for kind in kinds)],
        refusals_left_out=left_out,
        covered_ms=15_000,
    )


def failed_check(reason: str, *, session: str = "session-1", **who: str) -> FaceCheckFailed:
    """A face check that was not passed."""
    return FaceCheckFailed(
        **(WHO | who),
        check_id="check-1",
        session_id=session,
        lesson_id="lesson-1",
        moment=Moment.START,
        reason=reason,
        evidence=None,
    )


def review(*, session: str = "session-1", **who: str) -> ReviewRequested:
    """A request for a person's review."""
    return ReviewRequested(**(WHO | who), lesson_id="lesson-1", session_id=session, failures=3)


def _report(refusal: str | None) -> ReportRecord:
    return ReportRecord(
        number=1,
        from_ms=0,
        to_ms=15_000,
        rate=1.0,
        received_at=NOW,
        paid_ms=0,
        credited_ms=0,
        refusal=refusal,
    )
