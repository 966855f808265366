"""The status of an hours record, and the refusals of steps that it does not allow (R28–R30)."""

from enum import StrEnum

from shared.domain.errors import DomainError, ErrorKind


class RecordStatus(StrEnum):
    """档案状态."""

    COLLECTING = "collecting"  # 学习中
    ORGANISATION_REVIEW = "organisation_review"  # 机构审核
    REPORTABLE = "reportable"  # 可上报
    PROVINCE_REVIEW = "province_review"  # 省级审核
    APPROVED = "approved"  # 审核通过, 制证中
    CERTIFIED = "certified"  # 已发证
    REVOKED = "revoked"  # 已撤销
    WITHDRAWN = "withdrawn"  # 本人办结


REPORTED = (
    RecordStatus.PROVINCE_REVIEW,
    RecordStatus.APPROVED,
    RecordStatus.CERTIFIED,
    RecordStatus.REVOKED,
)  # the province sees these (R29)


class Impossible(DomainError):
    """此状态不可操作: the transition does not exist from this state; nothing has changed."""

    code = "file.impossible"
    kind = ErrorKind.CONFLICT
    message = "This cannot be done while the record is {status} 当前状态不可操作."


class Incomplete(DomainError):
    """档案不全: the plan's terms are not known, so no hours can be confirmed."""

    code = "file.incomplete"
    kind = ErrorKind.CONFLICT
    message = "The opening of this study is not in the record yet 档案不全."


class ReasonMissing(DomainError):
    """请填写原因: a rejection says what to mend (R29)."""

    code = "file.reason_missing"
    message = "A rejection needs a reason 请填写原因."


class Held(DomainError):
    """暂停办理: a case of cheating is open about the enrolment, or was confirmed (R26)."""

    code = "file.held"
    kind = ErrorKind.CONFLICT
    message = "A case about this enrolment has to be decided first 该报名涉及作弊案件, 结案前不能办理."
