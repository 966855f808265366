"""学时: needed, earned and remaining by kind, and when nothing is left to learn (R7, R22).

**Earned** is the credited video of all lessons of a kind. **A kind is done** when its completed lessons have
earned the plan's hours, where each completed lesson may lack its slack (R24):
hours × hour_seconds ≤ credited + slack_s × completed lessons. Of electives that is enough, the learner
chooses which; compulsory lessons must all be completed. A kind of which the plan asks no hours is done from
the start.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.learning.domain.progress import LessonProgress
from shared.events.terms import LessonKind, StudyPolicy


@dataclass(frozen=True, kw_only=True)
class KindHours:
    """学时 of one kind. `remaining_ms` is 0 once the kind is done."""

    kind: LessonKind
    needed_ms: int
    earned_ms: int
    remaining_ms: int
    done: bool


def hours_of(kind: LessonKind, lessons: Iterable[LessonProgress], policy: StudyPolicy) -> KindHours:
    """The hours of one kind in a study with these lessons."""
    of_kind = [lesson for lesson in lessons if lesson.kind is kind]
    needed, earned = needed_ms(kind, policy), sum(lesson.covered_ms for lesson in of_kind)
    done = _is_done(kind, of_kind, policy)
    remaining = 0 if done else max(0, needed - earned)
    return KindHours(kind=kind, needed_ms=needed, earned_ms=earned, remaining_ms=remaining, done=done)


def needed_ms(kind: LessonKind, policy: StudyPolicy) -> int:
    """The video that the plan asks for."""
    hours = policy.compulsory_hours if kind is LessonKind.COMPULSORY else policy.elective_hours
    return hours * policy.hour_seconds * 1000


def offers_enough(kind: LessonKind, lessons: Iterable[LessonProgress], policy: StudyPolicy) -> bool:
    """Whether completing all lessons of the kind would earn its hours."""
    of_kind = [lesson for lesson in lessons if lesson.kind is kind]
    offered = sum(lesson.duration_ms for lesson in of_kind)
    return offered + _slack_ms(of_kind, policy) >= needed_ms(kind, policy)


def _is_done(kind: LessonKind, of_kind: list[LessonProgress], policy: StudyPolicy) -> bool:
    needed = needed_ms(kind, policy)
    completed = [lesson for lesson in of_kind if lesson.completed]
    if needed and kind is LessonKind.COMPULSORY and len(completed) < len(of_kind):
        return False
    return sum(lesson.covered_ms for lesson in completed) + _slack_ms(completed, policy) >= needed


def _slack_ms(lessons: list[LessonProgress], policy: StudyPolicy) -> int:
    return len(lessons) * policy.slack_s * 1000
