"""What the rules of courses, practice and live sessions refuse."""

from shared.domain.errors import DomainError, ErrorKind


class KeyTaken(DomainError):
    """编号重复: the author's key names another lesson, course or question already."""

    code = "key.taken"
    kind = ErrorKind.CONFLICT
    message = "{key} names something else already: choose another key 编号已被使用."


class KindUnfit(DomainError):
    """类型不符: an add-on item has compulsory lessons of its specialty and nothing else (R7)."""

    code = "lesson.kind_unfit"
    message = "An add-on item has compulsory lessons only 增项课程只含专业必修."


class PracticeEmpty(DomainError):
    """题库为空."""

    code = "practice.empty"
    kind = ErrorKind.CONFLICT
    message = "There are no questions to practise with yet 题库中暂无题目."


class PracticeLimit(DomainError):
    """练习过于频繁: so many a day are enough."""

    code = "practice.limit"
    kind = ErrorKind.TOO_MANY
    message = "{most} practices a day are enough: go on tomorrow 今日练习次数已满, 请明天再来."


class BankFull(DomainError):
    """题库已满."""

    code = "practice.bank_full"
    kind = ErrorKind.CONFLICT
    message = "A course has at most {most} questions: retire one first 题库题目数已达上限."


class LiveInvalid(DomainError):
    """直播信息有误."""

    code = "live.invalid"
    message = "Please correct {field}: {rule} 请更正直播信息."


class LiveOver(DomainError):
    """直播已结束或已取消: it stays as learners were told."""

    code = "live.over"
    kind = ErrorKind.CONFLICT
    message = "The live session is over or cancelled and cannot be changed 直播已结束或已取消, 不能修改."
