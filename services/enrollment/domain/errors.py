"""What an enrolment refuses."""

from shared.domain.errors import DomainError, ErrorKind


class Impossible(DomainError):
    """此状态不可操作: the transition does not exist from this state; nothing has changed."""

    code = "enrollment.impossible"
    kind = ErrorKind.CONFLICT
    message = "This cannot be done while the enrolment is {status} 当前状态不可操作."


class SecondDeclaration(DomainError):
    """一次一个专业: the person has an open declaration of this licence category (R6)."""

    code = "declaration.second"
    kind = ErrorKind.CONFLICT
    message = "Finish or withdraw the open declaration of this licence category first 已有办理中的申报."


class FeeTooLow(DomainError):
    """缴费不足 (R11)."""

    code = "fee.too_low"
    kind = ErrorKind.CONFLICT
    message = "The fee is {expected} fen, received {received} 缴费金额不足."


class OutageOver(DomainError):
    """故障已结束: its end has been recorded (R9)."""

    code = "outage.over"
    kind = ErrorKind.CONFLICT
    message = "The outage ended at {ended_at}; record another if there was more 故障已结束, 请另行登记."


class OutageTimesInvalid(DomainError):
    """故障时间有误: an outage lies in the past, not too far away, and ends after it began (R9)."""

    code = "outage.times_invalid"
    message = "Name times from {earliest} to {latest} 请填写此范围内的时间."
