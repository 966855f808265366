"""学习: opens with its class (R8), ends with its window (R9), is followed to the certificate (R28–R30)."""

from datetime import datetime, timedelta

from services.enrollment.application.reinstating import update_beside_newer
from services.enrollment.domain.status import STATUS_AFTER, HoursRecordEvent
from services.enrollment.storage import Enrollments
from shared.events.learning import StudyCompleted


def open_started_classes(enrollments: Enrollments, now: datetime) -> None:
    """开班: open what was approved and paid before its class started (R8)."""
    for ready in enrollments.ready_to_open(now):
        enrollments.update(ready.id, lambda enrollment: enrollment.open_when_ready(now))


def expire_closed(enrollments: Enrollments, now: datetime, grace: timedelta) -> None:
    """过期: what was not completed in its window expires, `grace` after it, for the completion may be on its
    way (R9).
    """
    for closed in enrollments.closed(now - grace):
        enrollments.update(closed.id, lambda enrollment: enrollment.expire(now))


def complete(enrollments: Enrollments, completed: StudyCompleted, now: datetime) -> None:
    """学时学满: in time when the study was, also when the enrolment has expired since (R9)."""
    update_beside_newer(
        enrollments,
        completed.enrollment_id,
        lambda enrollment: enrollment.complete(completed.completed_at, now),
        because=completed,
    )


def follow_hours_record(enrollments: Enrollments, event: HoursRecordEvent, now: datetime) -> None:
    """Go to where the hours record (学时档案) has moved (R28–R30)."""
    to, sequence = STATUS_AFTER[type(event)], event.published.sequence
    enrollments.update(
        event.enrollment_id, lambda enrollment: enrollment.follow(to, sequence, now), because=event
    )
