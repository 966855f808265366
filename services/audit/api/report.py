"""差异报告: an enrolment as the auditor derived it, beside what was published (R28, R31)."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.audit.api import rule_words
from services.audit.api.dependencies import Inspector, RuntimeDep
from services.audit.api.trail import TrailEntry, entry_view
from services.audit.application.report import Basis, StudyReport, on_page, report_study
from services.audit.domain import Discrepancy, LessonHours
from shared.domain.clock import utc_now
from shared.events.certificate import Verdict
from shared.events.learning import LessonCompleted
from shared.events.terms import LessonKind
from shared.http.paging import Page

router = APIRouter()


class Words(BaseModel):
    """For people, in two languages."""

    zh: str
    en: str


class DerivedFigures(BaseModel):
    """重算: by the auditor's own count."""

    compulsory_ms: int = Field(description="Of completed lessons")
    elective_ms: int
    compulsory_hours: int
    elective_hours: int
    refused_reports: int
    verdict: Verdict = Field(description="The auditor's own, from the log alone")


class PublishedFigures(BaseModel):
    """公布: what the services have said; null until they have."""

    compulsory_ms: int | None
    elective_ms: int | None
    study_event_id: str | None
    verdict: Verdict | None
    compulsory_hours: int | None
    elective_hours: int | None
    audit_event_id: str | None
    auditor_agreed: bool | None = Field(description="What the auditor has published last")
    auditor_event_id: str | None


class LessonReport(BaseModel):
    """课时: one lesson, derived and published."""

    lesson_id: str
    kind: LessonKind | None
    duration_ms: int | None
    derived_ms: int
    completed: bool
    intervals: list[tuple[int, int]] = Field(description="Credited video, half-open, in ms")
    published_ms: int | None = Field(description="null until the lesson was completed")
    event_id: str | None
    same: bool = Field(description="Whether both are the same")


class DiscrepancyReport(BaseModel):
    """差异: a rule that does not hold, and the events that show it."""

    code: str = Field(examples=["credit.bank"])
    rule: Words = Field(description="Name of the rule, and what must hold")
    numbers: list[str] = Field(description="The product's rules", examples=[["R23"]])
    says: str
    lesson_id: str | None
    event_ids: list[str]
    events: list[TrailEntry] = Field(description="The first 50 of them that the log has")


class ReportAnswer(BaseModel):
    """差异报告, of the log up to `log_position`."""

    enrollment_id: str
    person_id: str | None
    agrees: bool
    conclusion: Words
    log_position: int
    head_hash: str
    derived_at: datetime
    derived: DerivedFigures
    published: PublishedFigures
    lessons: list[LessonReport]
    lessons_total: int
    discrepancies: list[DiscrepancyReport]
    discrepancies_total: int
    awaited: list[str] = Field(description="Rules that lack what may still be on its way to the log")
    page: int
    pages: int


@router.get(
    "/enrollments/{enrollment_id}/report", summary="差异报告 what differs, and the events that show it"
)
def report(_: Inspector, runtime: RuntimeDep, enrollment_id: str, page: Page = 1) -> ReportAnswer:
    """Derived again from the log; 20 lessons and 20 discrepancies a page. 404: the log does not know it."""
    now = utc_now()
    return _view(report_study(runtime.log, enrollment_id, page, now), now)


def _view(report: StudyReport, now: datetime) -> ReportAnswer:
    hours, lessons = report.hours, list(report.hours.lessons.values())
    return ReportAnswer(
        enrollment_id=hours.enrollment_id,
        person_id=hours.person_id,
        agrees=hours.match,
        conclusion=_conclusion(report),
        log_position=report.head.position,
        head_hash=report.head.hash,
        derived_at=now,
        derived=_derived(report),
        published=_published(report),
        lessons=[_lesson(lesson, report.lessons_completed) for lesson in on_page(lessons, report.page)],
        lessons_total=len(lessons),
        discrepancies=[_discrepancy(basis) for basis in report.discrepancies],
        discrepancies_total=len(hours.discrepancies),
        awaited=sorted({fault.code for fault in hours.awaited}),
        page=report.page,
        pages=report.pages,
    )


def _conclusion(report: StudyReport) -> Words:
    hours = report.hours
    if hours.discrepancies:
        found = len(hours.discrepancies)
        return Words(
            zh=f"日志不能证实公布的学时: {found} 处差异", en=f"The log disputes it in {found} places"
        )
    if hours.awaited:
        return Words(
            zh="暂无差异, 部分事件尚未到达日志", en="No discrepancy; some events may be on their way"
        )
    return Words(zh="日志证实公布的全部学时", en="The log bears out all that was published")


def _derived(report: StudyReport) -> DerivedFigures:
    hours = report.hours
    return DerivedFigures(
        compulsory_ms=hours.total_ms(LessonKind.COMPULSORY, completed_only=True),
        elective_ms=hours.total_ms(LessonKind.ELECTIVE, completed_only=True),
        compulsory_hours=hours.whole_hours(LessonKind.COMPULSORY),
        elective_hours=hours.whole_hours(LessonKind.ELECTIVE),
        refused_reports=hours.refused_reports,
        verdict=hours.verdict,
    )


def _published(report: StudyReport) -> PublishedFigures:
    study, audited, said = report.study, report.audited, report.said
    return PublishedFigures(
        compulsory_ms=study.compulsory_ms if study else None,
        elective_ms=study.elective_ms if study else None,
        study_event_id=study.published.id if study else None,
        verdict=audited.verdict if audited else None,
        compulsory_hours=audited.compulsory_hours if audited else None,
        elective_hours=audited.elective_hours if audited else None,
        audit_event_id=audited.published.id if audited else None,
        auditor_agreed=said.agrees if said else None,
        auditor_event_id=said.published.id if said else None,
    )


def _lesson(lesson: LessonHours, completed: dict[str, LessonCompleted]) -> LessonReport:
    published = completed.get(lesson.lesson_id)
    return LessonReport(
        lesson_id=lesson.lesson_id,
        kind=lesson.kind,
        duration_ms=lesson.duration_ms,
        derived_ms=lesson.credited_ms,
        completed=lesson.completed,
        intervals=lesson.intervals,
        published_ms=published.credited_ms if published else None,
        event_id=published.published.id if published else None,
        same=published is None or published.credited_ms == lesson.credited_ms,
    )


def _discrepancy(basis: Basis) -> DiscrepancyReport:
    found: Discrepancy = basis.discrepancy
    return DiscrepancyReport(
        code=found.code,
        rule=Words(zh=rule_words.chinese(found.code), en=rule_words.english(found.code) or found.message),
        numbers=rule_words.numbers(found.code),
        says=found.message,
        lesson_id=found.lesson_id,
        event_ids=found.event_ids,
        events=[entry_view(entry) for entry in basis.entries],
    )
