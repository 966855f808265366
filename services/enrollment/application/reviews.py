"""审核: staff of the organisation decide about a declaration (R5)."""

from datetime import datetime

from services.enrollment.domain import Enrollment
from services.enrollment.domain.access import visible_to
from services.enrollment.storage import Enrollments
from shared.domain.principal import Principal


def approve(enrollments: Enrollments, enrollment_id: str, reviewer: Principal, now: datetime) -> Enrollment:
    """审核通过. Raises NotFound, Impossible."""
    return enrollments.update_and_get(
        enrollment_id,
        lambda enrollment: enrollment.approve(reviewer.account_id, now),
        authorise=visible_to(reviewer),
    )


def reject(
    enrollments: Enrollments, enrollment_id: str, reviewer: Principal, reason: str, now: datetime
) -> Enrollment:
    """审核不通过, with a reason. Raises NotFound, Impossible."""
    return enrollments.update_and_get(
        enrollment_id,
        lambda enrollment: enrollment.reject(reviewer.account_id, reason, now),
        authorise=visible_to(reviewer),
    )
