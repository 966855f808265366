"""What people decide about an hours record: organisation, learner and province (R5, R28–R30).

Each raises NotFound for who may not see the record, and Impossible for a step that does not exist from there.
"""

from datetime import datetime

from services.certificate.domain import HoursRecord
from services.certificate.domain.access import visible_to
from services.certificate.storage import HoursRecords
from shared.domain.principal import Principal
from shared.events.enrollment import (
    DeclarationWithdrawn,
    EnrollmentBarred,
    EnrollmentResumed,
    EnrollmentSuspended,
)


def confirm(records: HoursRecords, enrollment_id: str, staff: Principal) -> HoursRecord:
    """机构确认 (R28). Raises Incomplete too."""
    return records.update_and_get(
        enrollment_id, lambda record: record.confirm(staff.account_id), authorise=visible_to(staff)
    )


def report(records: HoursRecords, enrollment_id: str, learner: Principal) -> HoursRecord:
    """上报省级 (R29)."""
    return records.update_and_get(
        enrollment_id, lambda record: record.report(), authorise=visible_to(learner)
    )


def approve(records: HoursRecords, enrollment_id: str, staff: Principal, now: datetime) -> HoursRecord:
    """省级审核通过 (R29)."""
    return records.update_and_get(
        enrollment_id, lambda record: record.approve(staff.account_id, now), authorise=visible_to(staff)
    )


def reject(records: HoursRecords, enrollment_id: str, staff: Principal, reason: str) -> HoursRecord:
    """省级审核不通过: `reason` says what to mend (R29). Raises ReasonMissing too."""
    return records.update_and_get(
        enrollment_id, lambda record: record.reject(staff.account_id, reason), authorise=visible_to(staff)
    )


def revoke(records: HoursRecords, enrollment_id: str, staff: Principal, reason: str) -> HoursRecord:
    """撤销证书 (R30)."""
    return records.update_and_get(
        enrollment_id, lambda record: record.revoke(staff.account_id, reason), authorise=visible_to(staff)
    )


def withdraw(records: HoursRecords, withdrawn: DeclarationWithdrawn) -> None:
    """本人强制办结, which enrollment has published (R5)."""
    records.update(withdrawn.enrollment_id, lambda record: record.withdraw(), because=withdrawn)


def hold(records: HoursRecords, event: EnrollmentSuspended | EnrollmentBarred | EnrollmentResumed) -> None:
    """暂停办理 or not, which enrollment has published (R26)."""
    held, sequence = not isinstance(event, EnrollmentResumed), event.published.sequence
    records.update(event.enrollment_id, lambda record: record.hold(sequence, held=held), because=event)
