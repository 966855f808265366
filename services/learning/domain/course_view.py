"""课程卡片: how long a course is open for a learner, what is left, where to go on (R7, R9, R22).

Pure: everything follows from the study's own figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.learning.domain.course import Item
from services.learning.domain.progress import LessonProgress, LessonState
from shared.domain.china_time import china_date
from shared.events.terms import LessonKind

INSTANT = timedelta(microseconds=1)
KIND_ZH = {
    (Item.MAIN, LessonKind.COMPULSORY): "通用知识必修",
    (Item.MAIN, LessonKind.ELECTIVE): "专业选修",
    (Item.ADD_ON, LessonKind.COMPULSORY): "专业必修",
    (Item.ADD_ON, LessonKind.ELECTIVE): "专业选修",
}
ITEM_ZH = {Item.MAIN: "主项", Item.ADD_ON: "增项"}


class LessonFilter(StrEnum):
    """课时筛选."""

    ALL = "all"  # 全部
    TO_LEARN = "to_learn"  # 待学习
    LEARNT = "learnt"  # 已学完


class CardState(StrEnum):
    """学习状态 of a whole course."""

    NOT_STARTED = "not_started"  # 未开始
    IN_PROGRESS = "in_progress"  # 学习中
    COMPLETED = "completed"  # 已学完
    EXPIRED = "expired"  # 已过期: the window is over and something is left


@dataclass(frozen=True, kw_only=True)
class Validity:
    """有效期: the last day, in China's calendar, on which can be learnt; days after today until then."""

    open: bool
    last_day: date
    days_left: int  # 0: today is the last day, or it is over


@dataclass(frozen=True, kw_only=True)
class ResumePoint:
    """继续学习: the lesson and the position in its video, in milliseconds."""

    lesson_id: str
    position_ms: int


def validity(closes_at: datetime, now: datetime) -> Validity:
    """Until `closes_at`, itself excluded: what closes at midnight has the day before as its last (R9)."""
    last_day = china_date(closes_at - INSTANT)
    days = (last_day - china_date(now)).days
    return Validity(open=now < closes_at, last_day=last_day, days_left=max(0, days))


def card_state(lessons: Iterable[LessonProgress], *, done: bool, open_: bool) -> CardState:
    """`done`: nothing is left to learn; `open_`: the window is."""
    if done:
        return CardState.COMPLETED
    if not open_:
        return CardState.EXPIRED
    begun = any(lesson.state is not LessonState.NOT_STARTED for lesson in lessons)
    return CardState.IN_PROGRESS if begun else CardState.NOT_STARTED


def select(lessons: Sequence[LessonProgress], wanted: LessonFilter) -> list[LessonProgress]:
    """全部, 待学习 (begun or not), 已学完; in the order of the course."""
    match wanted:
        case LessonFilter.ALL:
            return list(lessons)
        case LessonFilter.TO_LEARN:
            return [lesson for lesson in lessons if not lesson.completed]
        case LessonFilter.LEARNT:
            return [lesson for lesson in lessons if lesson.completed]


def resume_point(lessons: Sequence[LessonProgress], last_lesson_id: str | None) -> ResumePoint | None:
    """Where to go on (R25); None when every lesson is completed.

    The lesson that was played last, unless it is completed; else the first that was begun; else the first
    that was not.
    """
    left = [lesson for lesson in lessons if not lesson.completed]
    ranks = {LessonState.IN_PROGRESS: 1, LessonState.NOT_STARTED: 2}
    ranked = sorted(left, key=lambda lesson: 0 if lesson.lesson_id == last_lesson_id else ranks[lesson.state])
    if not ranked:
        return None
    return ResumePoint(lesson_id=ranked[0].lesson_id, position_ms=ranked[0].covered_ms)
