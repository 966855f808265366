"""课程卡片与课程详情: how long a course is open, what is left, where to go on (R7, R9, R22)."""

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.api.studies import STATE_ZH, Amount
from services.learning.domain import Course, LessonState, Study
from services.learning.domain.course import Item
from services.learning.domain.course_view import (
    ITEM_ZH,
    KIND_ZH,
    CardState,
    LessonFilter,
    card_state,
    resume_point,
    select,
    validity,
)
from services.learning.domain.hours import KindHours
from services.learning.domain.progress import LessonProgress
from shared.events.terms import LessonKind, StudyPolicy
from shared.http.access import PersonId
from shared.http.paging import Page

router = APIRouter(tags=["course view 课程"])
CARD_ZH = {
    CardState.NOT_STARTED: "未开始",
    CardState.IN_PROGRESS: "学习中",
    CardState.COMPLETED: "已学完",
    CardState.EXPIRED: "已过期",
}


class KindCard(BaseModel):
    """学时 of one kind that the plan asks for."""

    kind: LessonKind
    kind_zh: str = Field(description="通用知识必修, 专业选修; of an add-on item 专业必修")
    needed: Amount
    earned: Amount
    remaining: Amount
    done: bool


class ValidityAnswer(BaseModel):
    """有效期."""

    open: bool
    opens_at: datetime
    closes_at: datetime
    last_day: date = Field(description="In China's calendar")
    days_left: int = Field(description="Days after today; 0: today is the last, or it is over")


class ContinueAnswer(BaseModel):
    """继续学习."""

    lesson_id: str
    position_ms: int


class CourseCard(BaseModel):
    """课程卡片."""

    enrollment_id: str
    course_id: str
    title: str
    item: Item
    item_zh: str = Field(description="主项 or 增项")
    organisation: str
    contact: str = Field(description="联系方式 of the organisation; empty when it gave none")
    state: CardState
    state_zh: str
    validity: ValidityAnswer
    hours: list[KindCard]
    lessons: int
    lessons_completed: int
    continue_at: ContinueAnswer | None = Field(description="null: every lesson is completed")


class LessonRow(BaseModel):
    """One lesson."""

    lesson_id: str
    title: str
    kind: LessonKind
    kind_zh: str
    state: LessonState
    state_zh: str = Field(description="未学, 学习中, 学完")
    duration_ms: int
    covered_ms: int


class ChapterRows(BaseModel):
    """章, with those of its lessons that were asked for."""

    title: str
    lessons: list[LessonRow]


class CourseViewAnswer(CourseCard):
    """课程详情."""

    chapters: list[ChapterRows]


class CourseCards(BaseModel):
    """The learner's courses, the newest first."""

    cards: list[CourseCard]


@router.get("/course-cards")
def list_cards(person_id: PersonId, runtime: RuntimeDep, now: Now, page: Page = 1) -> CourseCards:
    """My courses 我的课程; 50 a page."""
    return CourseCards(
        cards=[
            _card(study, course, now) for study, course in runtime.course_views.list_views(person_id, page)
        ]
    )


@router.get("/enrollments/{enrollment_id}/course")
def show_course_view(
    enrollment_id: str,
    person_id: PersonId,
    runtime: RuntimeDep,
    now: Now,
    lessons: LessonFilter = LessonFilter.ALL,
) -> CourseViewAnswer:
    """One course by chapters 课程详情: 全部, 待学习 or 已学完."""
    study, course = runtime.course_views.show(enrollment_id, person_id)
    chapters: dict[str, list[LessonRow]] = {}
    for lesson in select(study.lessons, lessons):
        chapters.setdefault(lesson.chapter, []).append(_row(lesson, course))
    rows = [ChapterRows(title=title, lessons=found) for title, found in chapters.items()]
    return CourseViewAnswer(**dict(_card(study, course, now)), chapters=rows)


def _card(study: Study, course: Course, now: datetime) -> CourseCard:
    window = validity(study.closes_at, now)
    hours = [hours for hours in study.hours() if hours.needed_ms]
    resume = resume_point(study.lessons, study.last_lesson_id)
    state = card_state(study.lessons, done=all(kind.done for kind in hours), open_=window.open)
    return CourseCard(
        enrollment_id=study.id,
        course_id=course.id,
        title=course.title,
        item=course.item,
        item_zh=ITEM_ZH[course.item],
        organisation=course.organisation,
        contact=course.contact,
        state=state,
        state_zh=CARD_ZH[state],
        validity=ValidityAnswer(
            open=window.open,
            opens_at=study.opened_at,
            closes_at=study.closes_at,
            last_day=window.last_day,
            days_left=window.days_left,
        ),
        hours=[_hours(kind, course, study.policy) for kind in hours],
        lessons=len(study.lessons),
        lessons_completed=sum(lesson.completed for lesson in study.lessons),
        continue_at=resume and ContinueAnswer(lesson_id=resume.lesson_id, position_ms=resume.position_ms),
    )


def _hours(hours: KindHours, course: Course, policy: StudyPolicy) -> KindCard:
    return KindCard(
        kind=hours.kind,
        kind_zh=KIND_ZH[course.item, hours.kind],
        needed=Amount.of(hours.needed_ms, policy),
        earned=Amount.of(hours.earned_ms, policy),
        remaining=Amount.of(hours.remaining_ms, policy),
        done=hours.done,
    )


def _row(lesson: LessonProgress, course: Course) -> LessonRow:
    return LessonRow(
        lesson_id=lesson.lesson_id,
        title=lesson.title,
        kind=lesson.kind,
        kind_zh=KIND_ZH[course.item, lesson.kind],
        state=lesson.state,
        state_zh=STATE_ZH[lesson.state],
        duration_ms=lesson.duration_ms,
        covered_ms=lesson.covered_ms,
    )
