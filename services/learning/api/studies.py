"""我的学习: what a learner needs, has earned and has left, by kind and by lesson (R22)."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.learning.api.access import learner_of, own_study, studies
from services.learning.domain import LessonState, Study
from services.learning.domain.hours import KindHours
from services.learning.domain.progress import LessonProgress
from shared.events.terms import LessonKind, StudyPolicy
from shared.http.access import Learner

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
    position_ms: int = Field(description="Play resumes here")
    covered: list[tuple[int, int]] = Field(
        description="Credited video [from_ms, to_ms), sorted, without overlap", examples=[[[0, 12_000]]]
    )
    checks_passed: list[str] = Field(description="Moments of face checks passed: start, unforeseen")
    questions: int
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
def list_studies(who: Learner) -> Studying:
    """My enrolments 我的学习."""
    mine = studies.find(order="-opened_at", person_id=who.person_id or "")
    return Studying(enrollments=[StudySummary(**_summary(it)) for it in mine])


@router.get("/enrollments/{enrollment_id}")
def show_study(enrollment_id: str, who: Learner) -> StudyAnswer:
    """My hours and lessons in one enrolment 学时与课时进度."""
    study = own_study(enrollment_id, who)
    return StudyAnswer(**_summary(study), lessons=[_lesson(it) for it in study.lessons])


def _summary(study: Study) -> dict[str, object]:
    return {
        "enrollment_id": study.id,
        "course_id": study.course_id,
        "verified": learner_of(study).verified,
        "opened_at": study.opened_at,
        "closes_at": study.closes_at,
        "completed_at": study.completed_at,
        "hours": [_hours(it, study.policy) for it in study.hours()],
    }


def _hours(it: KindHours, policy: StudyPolicy) -> KindProgress:
    return KindProgress(
        kind=it.kind,
        kind_zh=KIND_ZH[it.kind],
        needed=Amount.of(it.needed_ms, policy),
        earned=Amount.of(it.earned_ms, policy),
        remaining=Amount.of(it.remaining_ms, policy),
        done=it.done,
    )


def _lesson(it: LessonProgress) -> LessonAnswer:
    return LessonAnswer(
        lesson_id=it.lesson_id,
        chapter=it.chapter,
        title=it.title,
        kind=it.kind,
        kind_zh=KIND_ZH[it.kind],
        state=it.state,
        state_zh=STATE_ZH[it.state],
        duration_ms=it.duration_ms,
        covered_ms=it.covered_ms,
        position_ms=it.position_ms,
        covered=[(span.from_ms, span.to_ms) for span in it.covered],
        checks_passed=sorted({check.moment.value for check in it.checks}),
        questions=len(it.question_ids),
        questions_right=len(it.right_ids),
        quiz_done=it.quiz_done,
    )
