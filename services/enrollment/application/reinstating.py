"""恢复报名: an enrolment that comes back may meet a newer declaration of its category (R6, R9, R26)."""

from collections.abc import Callable

from services.enrollment.domain import Enrollment
from services.enrollment.domain.errors import SecondDeclaration
from services.enrollment.storage import Enrollments
from shared.events.base import Event


def update_beside_newer(
    enrollments: Enrollments,
    enrollment_id: str,
    change: Callable[[Enrollment], None],
    *,
    because: Event | None = None,
) -> None:
    """Let `change` act on the enrolment; where a newer declaration has its category, it goes on beside it.

    Both are the learner's by right: the newer one was possible while this one had ended. Raises NotFound.
    """

    def beside(enrollment: Enrollment) -> None:
        change(enrollment)
        enrollment.give_up_category()

    try:
        enrollments.update(enrollment_id, change, because=because)
    except SecondDeclaration:
        enrollments.update(enrollment_id, beside, because=because)
