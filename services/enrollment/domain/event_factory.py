"""Builds the events that an enrolment records."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.enrollment.domain.status import Status
from shared.events.enrollment import (
    DeclarationApproved,
    DeclarationRejected,
    DeclarationSubmitted,
    DeclarationWithdrawn,
    EnrollmentAdvanced,
    EnrollmentBarred,
    EnrollmentExpired,
    EnrollmentReinstated,
    EnrollmentResumed,
    EnrollmentSuspended,
    ExtensionCause,
    LearningOpened,
    WindowExtended,
)

if TYPE_CHECKING:
    from services.enrollment.domain.enrollment import Enrollment
    from services.enrollment.domain.standing import Standing

MILLISECOND = timedelta(milliseconds=1)


def submitted(enrollment: "Enrollment") -> DeclarationSubmitted:
    """提交申报."""
    return DeclarationSubmitted(
        enrollment_id=enrollment.id,
        plan_id=enrollment.plan_id,
        person_id=enrollment.person_id,
        organisation=enrollment.organisation,
        batch=enrollment.batch,
        category=enrollment.category,
        specialty=enrollment.specialty,
        fee_fen=enrollment.fee_fen,
        photo_id=enrollment.photo_id,
        personal=enrollment.personal,
    )


def approved(enrollment: "Enrollment", reviewer_id: str) -> DeclarationApproved:
    """审核通过."""
    return DeclarationApproved(
        enrollment_id=enrollment.id, person_id=enrollment.person_id, reviewer_id=reviewer_id
    )


def rejected(enrollment: "Enrollment", reviewer_id: str, reason: str) -> DeclarationRejected:
    """审核不通过."""
    return DeclarationRejected(
        enrollment_id=enrollment.id, person_id=enrollment.person_id, reviewer_id=reviewer_id, reason=reason
    )


def withdrawn(enrollment: "Enrollment", reason: str) -> DeclarationWithdrawn:
    """本人强制办结."""
    return DeclarationWithdrawn(
        enrollment_id=enrollment.id, person_id=enrollment.person_id, reason=reason, paid=enrollment.paid
    )


def learning_opened(enrollment: "Enrollment", closes_at: datetime) -> LearningOpened:
    """开通学习, from the start of the class."""
    return LearningOpened(
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        plan_id=enrollment.plan_id,
        course_id=enrollment.course_id,
        specialty=enrollment.specialty,
        opened_at=enrollment.class_opens_at,
        closes_at=closes_at,
        policy=enrollment.policy,
    )


def advanced(enrollment: "Standing", to: Status) -> EnrollmentAdvanced:
    """办理进度."""
    return EnrollmentAdvanced(
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        from_status=enrollment.status,
        to_status=to,
    )


def expired(enrollment: "Standing", closed_at: datetime) -> EnrollmentExpired:
    """过期."""
    return EnrollmentExpired(enrollment_id=enrollment.id, person_id=enrollment.person_id, closed_at=closed_at)


def reinstated(enrollment: "Standing", to: Status) -> EnrollmentReinstated:
    """恢复报名."""
    return EnrollmentReinstated(enrollment_id=enrollment.id, person_id=enrollment.person_id, to_status=to)


def extended(
    enrollment: "Standing",
    before: datetime,
    closes_at: datetime,
    cause: ExtensionCause,
    outage_ids: Sequence[str] = (),
) -> WindowExtended:
    """学习期顺延, from the end `before` to `closes_at`."""
    return WindowExtended(
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        closes_at=closes_at,
        extended_ms=(closes_at - before) // MILLISECOND,
        cause=cause,
        outage_ids=list(outage_ids),
    )


def suspended(enrollment: "Standing", case_id: str) -> EnrollmentSuspended:
    """暂停学习."""
    return EnrollmentSuspended(enrollment_id=enrollment.id, person_id=enrollment.person_id, case_id=case_id)


def resumed(enrollment: "Standing", case_id: str, to: Status) -> EnrollmentResumed:
    """恢复学习."""
    return EnrollmentResumed(
        enrollment_id=enrollment.id, person_id=enrollment.person_id, case_id=case_id, to_status=to
    )


def barred(enrollment: "Standing", case_id: str) -> EnrollmentBarred:
    """除名."""
    return EnrollmentBarred(enrollment_id=enrollment.id, person_id=enrollment.person_id, case_id=case_id)
