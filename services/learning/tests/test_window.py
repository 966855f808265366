"""The study window is extended, never shortened (R9)."""

from datetime import UTC, datetime, timedelta

from services.learning.domain import Study
from shared.events.terms import StudyPolicy

HOUR = timedelta(hours=1)
CLOSES = datetime(2026, 6, 1, 3, tzinfo=UTC)


def test_an_extended_window_closes_later_and_never_earlier_again():
    study = Study(
        id="enrollment-1",
        person_id="person-1",
        course_id="course-1",
        opened_at=CLOSES - timedelta(days=92),
        closes_at=CLOSES,
        policy=StudyPolicy(),
        lessons=[],
    )
    study.extend_window(CLOSES + HOUR)
    study.extend_window(CLOSES)  # an older extension that comes late
    assert study.closes_at == CLOSES + HOUR
