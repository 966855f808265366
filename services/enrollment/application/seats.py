"""名额: a seat is held as long as its declaration (R1, R5)."""

from datetime import datetime

from services.enrollment.domain import Enrollment, Plan
from services.enrollment.domain.errors import SecondDeclaration
from services.enrollment.storage import Enrollments, Plans
from shared.events.enrollment import DeclarationWithdrawn


def add_with_seat(
    plans: Plans, enrollments: Enrollments, enrollment: Enrollment, now: datetime
) -> Enrollment:
    """Take a seat, then write the declaration; a seat without one is released here or later.

    Raises RegistrationClosed, PlanFull, SecondDeclaration.
    """
    plans.update(enrollment.plan_id, lambda plan: plan.take_seat(enrollment.id, now))
    try:
        return enrollments.add(enrollment)
    except SecondDeclaration:
        plans.update(enrollment.plan_id, lambda plan: plan.release_seat(enrollment.id))
        raise


def release(plans: Plans, enrollments: Enrollments, withdrawn: DeclarationWithdrawn) -> None:
    """释放名额 of a declaration that was withdrawn."""
    plan_id = enrollments.get(withdrawn.enrollment_id).plan_id
    plans.update(plan_id, lambda plan: plan.release_seat(withdrawn.enrollment_id), because=withdrawn)


def release_unclaimed(plans: Plans, enrollments: Enrollments, now: datetime) -> None:
    """Release seats whose declaration was never written because a process died in between (R1)."""
    for plan in plans.with_taken_seats():
        held = plan.unclaimed(now)
        for lost in set(held) - enrollments.existing(held):
            _release(plans, plan, lost)


def _release(plans: Plans, plan: Plan, enrollment_id: str) -> None:
    plans.update(plan.id, lambda plan: plan.release_seat(enrollment_id))
