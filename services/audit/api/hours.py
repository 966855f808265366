"""学时复核: an enrolment's hours by the auditor's own count."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.audit.api.dependencies import Inspector, RuntimeDep
from services.audit.application.hours import audit_hours
from services.audit.domain import Discrepancy, Hours, LessonHours
from shared.events.terms import LessonKind

router = APIRouter()
LISTED = 100


class LessonAnswer(BaseModel):
    """One lesson's credit by the auditor's own count."""

    lesson_id: str
    kind: LessonKind | None
    duration_ms: int | None
    credited_ms: int
    completed: bool
    intervals: list[tuple[int, int]] = Field(description="Credited video, half-open, in ms")


class DiscrepancyAnswer(BaseModel):
    """Something published that the log does not bear out."""

    code: str = Field(examples=["credit.wall_clock"])
    says: str
    lesson_id: str | None
    event_ids: list[str]


class HoursAnswer(BaseModel):
    """学时复核: hours derived from the log alone."""

    enrollment_id: str
    person_id: str | None
    match: bool = Field(description="Whether the log bears out everything that was published")
    compulsory_ms: int
    elective_ms: int
    hour_seconds: int | None = Field(description="Length of one 学时 (R7)")
    refused_reports: int
    lessons: list[LessonAnswer]
    discrepancies: list[DiscrepancyAnswer] = Field(description="The first 100; the report has all of them")
    discrepancies_total: int


@router.get("/hours/{enrollment_id}", summary="学时复核 an enrolment's hours, derived from the log alone")
def hours(_: Inspector, runtime: RuntimeDep, enrollment_id: str) -> HoursAnswer:
    """Credited intervals, totals and every discrepancy. 404 when the log does not know the enrolment."""
    return _view(audit_hours(runtime.log, enrollment_id))


def _view(hours: Hours) -> HoursAnswer:
    return HoursAnswer(
        enrollment_id=hours.enrollment_id,
        person_id=hours.person_id,
        match=hours.match,
        compulsory_ms=hours.total_ms(LessonKind.COMPULSORY),
        elective_ms=hours.total_ms(LessonKind.ELECTIVE),
        hour_seconds=hours.hour_seconds,
        refused_reports=hours.refused_reports,
        lessons=[_lesson(lesson) for lesson in hours.lessons.values()],
        discrepancies=[_discrepancy(discrepancy) for discrepancy in hours.discrepancies[:LISTED]],
        discrepancies_total=len(hours.discrepancies),
    )


def _lesson(lesson: LessonHours) -> LessonAnswer:
    return LessonAnswer(**{name: getattr(lesson, name) for name in LessonAnswer.model_fields})


def _discrepancy(discrepancy: Discrepancy) -> DiscrepancyAnswer:
    return DiscrepancyAnswer(
        code=discrepancy.code,
        says=discrepancy.message,
        lesson_id=discrepancy.lesson_id,
        event_ids=discrepancy.event_ids,
    )
