"""Where an enrolment can be, and what brings it on once its hours are audited (R5, R28–R30)."""

from enum import StrEnum

from shared.events.base import Event
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceRejected,
)


class Status(StrEnum):
    """办理状态."""

    SUBMITTED = "submitted"  # 待审核
    REJECTED = "rejected"  # 审核不通过
    APPROVED = "approved"  # 待缴费
    ACTIVE = "active"  # 学习中
    SUSPENDED = "suspended"  # 暂停学习
    COMPLETED = "completed"  # 学时学满
    ORGANISATION_REVIEW = "organisation_review"  # 机构审核
    REPORTABLE = "reportable"  # 可上报
    PROVINCE_REVIEW = "province_review"  # 省级审核
    CERTIFIED = "certified"  # 已发证
    WITHDRAWN = "withdrawn"  # 本人办结
    EXPIRED = "expired"  # 已过期
    BARRED = "barred"  # 已列入黑名单


S = Status
TERMINAL = {S.WITHDRAWN, S.EXPIRED, S.BARRED, S.CERTIFIED}
BEFORE_DECISION = {S.SUBMITTED, S.REJECTED}
INTERRUPTED = {S.SUSPENDED, S.EXPIRED, S.BARRED}  # may come back to where they were (R9, R26)
UNDER_WAY = {S.ACTIVE, S.COMPLETED, S.ORGANISATION_REVIEW, S.REPORTABLE, S.PROVINCE_REVIEW}

HoursRecordEvent = HoursAudited | HoursConfirmed | HoursReported | ProvinceRejected | CertificateIssued
# Where an event of the hours record (学时档案) puts the enrolment.
STATUS_AFTER: dict[type[Event], Status] = {
    HoursAudited: S.ORGANISATION_REVIEW,
    HoursConfirmed: S.REPORTABLE,
    HoursReported: S.PROVINCE_REVIEW,
    ProvinceRejected: S.ORGANISATION_REVIEW,
    CertificateIssued: S.CERTIFIED,
}
