"""Study hours as the auditor counts them, and the verdict that follows from them (R7, R22–R24, R28)."""

from dataclasses import dataclass, field

from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.lesson_hours import LessonHours
from shared.events.certificate import Verdict
from shared.events.terms import LessonKind, StudyPolicy


@dataclass
class Hours:
    """学时: what an enrolment has earned by the auditor's count.

    `awaited`: what may yet be cleared up by events that are on their way; empty unless `derive_hours`
    was told the time.
    """

    enrollment_id: str
    person_id: str | None = None
    policy: StudyPolicy | None = None
    lessons: dict[str, LessonHours] = field(default_factory=dict)
    refused_reports: int = 0
    discrepancies: list[Discrepancy] = field(default_factory=list)
    awaited: list[Discrepancy] = field(default_factory=list)

    @property
    def hour_seconds(self) -> int | None:
        """Length of one 学时 (R7); None where the log lacks the plan."""
        return self.policy.hour_seconds if self.policy else None

    @property
    def match(self) -> bool:
        """Whether the log bears out all that was published."""
        return not self.discrepancies

    @property
    def verdict(self) -> Verdict:
        """审核结论 by the auditor: clean when all is borne out and the plan's hours are earned (R28)."""
        complete = self.policy is not None and all(
            self.whole_hours(kind) >= needed_hours(self.policy, kind) for kind in LessonKind
        )
        return Verdict.CLEAN if complete and self.match and not self.awaited else Verdict.DOUBTFUL

    def total_ms(self, kind: LessonKind, completed_only: bool = False) -> int:
        """Credited video of all lessons of a kind."""
        lessons = [lesson for lesson in self.lessons.values() if lesson.kind is kind]
        return sum(lesson.credited_ms for lesson in lessons if lesson.completed or not completed_only)

    def whole_hours(self, kind: LessonKind) -> int:
        """Whole hours of completed lessons, at most the plan's; a lesson's slack costs none (R7, R24)."""
        if self.policy is None:
            return 0
        completed = sum(1 for lesson in self.lessons.values() if lesson.completed and lesson.kind is kind)
        watched = self.total_ms(kind, completed_only=True) + completed * self.policy.slack_s * 1000
        return min(watched // max(1, self.policy.hour_seconds * 1000), needed_hours(self.policy, kind))


def needed_hours(policy: StudyPolicy, kind: LessonKind) -> int:
    """学时 of a kind that the plan asks for."""
    return policy.compulsory_hours if kind is LessonKind.COMPULSORY else policy.elective_hours
