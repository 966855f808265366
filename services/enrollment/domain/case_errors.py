"""What a case refuses, and what the blacklist does (R26)."""

from shared.domain.errors import DomainError, ErrorKind


class CaseImpossible(DomainError):
    """此状态不可操作: the transition does not exist from this state; nothing has changed."""

    code = "case.impossible"
    kind = ErrorKind.CONFLICT
    message = "This cannot be done while the case is {status} 当前状态不可操作."


class SamePerson(DomainError):
    """须由他人决定: who confirmed a case does not decide its appeal, and nobody their own (R26)."""

    code = "case.same_person"
    kind = ErrorKind.FORBIDDEN
    message = "Somebody else has to decide this 须由其他人员决定."


class BarTermInvalid(DomainError):
    """期限有误 (R26)."""

    code = "case.term_invalid"
    message = "Name {least} to {most} months 请填写 {least} 至 {most} 个月."


class AppealTooLate(DomainError):
    """申诉已逾期 (R26)."""

    code = "appeal.too_late"
    kind = ErrorKind.CONFLICT
    message = "An appeal was possible until {appeal_until} 申诉期限已过."


class Barred(DomainError):
    """黑名单期间不可申报: somebody on the blacklist declares for no licence category until its end (R26)."""

    code = "declaration.barred"
    kind = ErrorKind.CONFLICT
    message = "No declaration is possible before {until} 已列入继续教育黑名单, 到期后方可申报."
