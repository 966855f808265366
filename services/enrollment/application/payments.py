"""缴费: what a paid fee does to its enrolment (R8)."""

from datetime import datetime

from services.enrollment.storage import Enrollments
from shared.events.payment import PaymentConfirmed


def confirm_payment(enrollments: Enrollments, paid: PaymentConfirmed, now: datetime) -> None:
    """The fee arrived: the enrolment is paid, and opens when it is approved too (R8). Raises FeeTooLow."""
    enrollments.update(
        paid.enrollment_id, lambda enrollment: enrollment.confirm_payment(paid.amount_fen, now), because=paid
    )
