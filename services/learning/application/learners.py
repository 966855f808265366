"""学员: what becomes known about a person, in whatever order."""

from services.learning.domain import Learner
from services.learning.domain.learner import Stop, StopReason
from services.learning.storage import Learners
from shared.events.enrollment import (
    DeclarationWithdrawn,
    EnrollmentBarred,
    EnrollmentResumed,
    EnrollmentSuspended,
)
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


Stopping = EnrollmentSuspended | EnrollmentBarred | EnrollmentResumed
REASONS = {EnrollmentSuspended: StopReason.SUSPENDED, EnrollmentBarred: StopReason.BARRED}


def stop(learners: Learners, event: Stopping) -> Learner:
    """暂停, 除名, 恢复 → whether anything is earned in this enrolment (R26)."""
    stop = Stop(sequence=event.published.sequence, reason=REASONS.get(type(event)))
    return learners.upsert(
        Learner(id=event.person_id), lambda learner: learner.stop(event.enrollment_id, stop), because=event
    )
