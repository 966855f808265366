"""应缴: what an enrolment costs follows its declaration (R11)."""

from services.payment.domain import Fee
from services.payment.storage import Fees
from shared.events.enrollment import DeclarationSubmitted, DeclarationWithdrawn


def charge(fees: Fees, submitted: DeclarationSubmitted) -> Fee:
    """应缴; a corrected declaration of the same enrolment costs what it did."""
    fee = Fee(id=submitted.enrollment_id, person_id=submitted.person_id, fee_fen=submitted.fee_fen)
    return fees.upsert(fee, lambda _: None, because=submitted)


def withdraw(fees: Fees, withdrawn: DeclarationWithdrawn) -> None:
    """本人强制办结 (R5): nothing is due any more; open orders are closed when their channel is asked next."""
    fees.update(withdrawn.enrollment_id, lambda fee: fee.withdraw(), because=withdrawn)
