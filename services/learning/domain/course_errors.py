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
