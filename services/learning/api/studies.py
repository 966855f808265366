"""我的学习: what a learner needs, has earned and has left, by kind and by lesson (R22)."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.learning.api.dependencies import RuntimeDep
from services.learning.domain import Learner, LessonState, Study
from services.learning.domain.hours import KindHours
from services.learning.domain.progress import LessonProgress
from shared.events.terms import LessonKind, StudyPolicy
from shared.http.access import PersonId

router = APIRouter(tags=["studies 学习"])
STATE_ZH = {
    LessonState.NOT_STARTED: "未学",
    LessonState.IN_PROGRESS: "学习中",
    LessonState.COMPLETED: "学完",
}
KIND_ZH = {LessonKind.COMPULSORY: "通用知识必修", LessonKind.ELECTIVE: "专业选修"}


class Amount(BaseModel):
    """A length of video, and the same in 学时, rounded down to two decimals."""

    ms: int = Field(examples=[7_200_000])
    hours: float = Field(examples=[2.66])

    @classmethod
    def of(cls, ms: int, policy: StudyPolicy) -> "Amount":
        """Rounded down: never more hours than were earned."""
        return cls(ms=ms, hours=ms // (policy.hour_seconds * 10) / 100)


class KindProgress(BaseModel):
    """学时 of one kind; `remaining` is 0 once it is done."""

    kind: LessonKind
    kind_zh: str
    needed: Amount
    earned: Amount
    remaining: Amount
    done: bool


class LessonAnswer(BaseModel):
    """One lesson and how far the learner is in it."""

    lesson_id: str
    chapter: str
    title: str
    kind: LessonKind
    kind_zh: str
    state: LessonState
    state_zh: str = Field(description="未学, 学习中, 学完")
    duration_ms: int
    covered_ms: int
    position_ms: int = Field(description="Play resumes here; what comes before is credited")
    checks_passed: list[str] = Field(description="Moments of face checks passed: start, unforeseen")
    questions: int
    questions_answered: int
    questions_right: int
    quiz_done: bool


class StudySummary(BaseModel):
    """One enrolment of the learner."""

    enrollment_id: str
    course_id: str
    verified: bool = Field(description="Identity is verified; before that no lesson can be entered")
    opened_at: datetime
    closes_at: datetime
    completed_at: datetime | None
    hours: list[KindProgress]


class StudyAnswer(StudySummary):
    """One enrolment with its lessons, in the order of the course."""

    lessons: list[LessonAnswer]


class Studying(BaseModel):
    """The enrolments of the learner, the newest first."""

    enrollments: list[StudySummary]


@router.get("/enrollments")
def list_studies(person_id: PersonId, runtime: RuntimeDep) -> Studying:
    """My enrolments 我的学习."""
    mine, learner = runtime.progress.all_of(person_id)
    return Studying(enrollments=[_summary(study, learner) for study in mine])


@router.get("/enrollments/{enrollment_id}")
def show_study(enrollment_id: str, person_id: PersonId, runtime: RuntimeDep) -> StudyAnswer:
    """My hours and lessons in one enrolment 学时与课时进度."""
    study, learner = runtime.progress.of(enrollment_id, person_id)
    lessons = [_lesson(progress) for progress in study.lessons]
    return StudyAnswer(**dict(_summary(study, learner)), lessons=lessons)


def _summary(study: Study, learner: Learner) -> StudySummary:
    return StudySummary(
        enrollment_id=study.id,
        course_id=study.course_id,
        verified=learner.verified,
        opened_at=study.opened_at,
        closes_at=study.closes_at,
        completed_at=study.completed_at,
        hours=[_hours(hours, study.policy) for hours in study.hours()],
    )


def _hours(hours: KindHours, policy: StudyPolicy) -> KindProgress:
    return KindProgress(
        kind=hours.kind,
        kind_zh=KIND_ZH[hours.kind],
        needed=Amount.of(hours.needed_ms, policy),
        earned=Amount.of(hours.earned_ms, policy),
        remaining=Amount.of(hours.remaining_ms, policy),
        done=hours.done,
    )


def _lesson(progress: LessonProgress) -> LessonAnswer:
    return LessonAnswer(
        lesson_id=progress.lesson_id,
        chapter=progress.chapter,
        title=progress.title,
        kind=progress.kind,
        kind_zh=KIND_ZH[progress.kind],
        state=progress.state,
        state_zh=STATE_ZH[progress.state],
        duration_ms=progress.duration_ms,
        covered_ms=progress.covered_ms,
        position_ms=progress.covered_ms,
        checks_passed=sorted({check.moment.value for check in progress.checks}),
        questions=len(progress.question_ids),
        questions_answered=len(progress.answered_ids),
        questions_right=len(progress.right_ids),
        quiz_done=progress.quiz_done,
    )
