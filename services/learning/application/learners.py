"""学员: what becomes known about a person, in whatever order."""

from services.learning.domain import Learner
from services.learning.storage import Learners
from shared.events.enrollment import DeclarationWithdrawn
from shared.events.proctor import IdentityVerified


def verify(learners: Learners, verified: IdentityVerified) -> Learner:
    """实名认证通过 → lessons may be entered (R16)."""
    return learners.upsert(Learner(id=verified.person_id), lambda learner: learner.verify(), because=verified)


def withdraw(learners: Learners, withdrawn: DeclarationWithdrawn) -> Learner:
    """本人强制办结 → nothing more is earned in this enrolment (R5)."""
    return learners.upsert(
        Learner(id=withdrawn.person_id),
        lambda learner: learner.withdraw(withdrawn.enrollment_id),
        because=withdrawn,
    )
