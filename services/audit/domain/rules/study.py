"""A study is complete when the plan's hours are earned (R7, R28)."""

from collections.abc import Iterator

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.hours import needed_hours
from services.audit.domain.rule import rule
from services.audit.domain.times import SKEW, TRANSIT, came_before, is_before, milliseconds
from shared.events.enrollment import (
    LearningOpened,
    PlanPublished,
)
from shared.events.learning import (
    LessonCompleted,
    LessonEntered,
    StudyCompleted,
)
from shared.events.terms import LessonKind


@rule("study.completed", "R28", StudyCompleted, LessonCompleted, LessonEntered)
def study_completed(facts: Facts) -> Iterator[Fault]:
    """A study is completed once, as soon as the plan's hours are earned, with the lessons, checks and
    credit of its completed lessons."""
    studies, lessons = facts.own(StudyCompleted), facts.own(LessonCompleted)
    if len(studies) > 1:
        yield fault("A study was completed twice", *studies)
    if lessons and not studies and not _lacking(facts):
        yield fault("The plan's hours are earned, and the study is not completed", *lessons)
    for study in studies[:1]:
        yield from _totals(facts, study)
        yield from _times(facts, study)


@rule("hours.plan", "R7", StudyCompleted, LearningOpened, LessonCompleted, PlanPublished)
def hours_plan(facts: Facts) -> Iterator[Fault]:
    """A completed study has the hours of each kind that the plan asks for, and every compulsory lesson; the
    enrolment's policy and course are the plan's."""
    for study in facts.own(StudyCompleted):
        for message in _lacking(facts):
            yield fault(message, study)
    if facts.opened and facts.plan is None and facts.own(LessonEntered):
        yield fault("The log lacks the plan of an enrolment", facts.opened)
    if facts.plan and facts.opened and facts.plan.policy != facts.opened.policy:
        yield fault("The enrolment goes by another policy than its plan", facts.plan, facts.opened)
    if facts.plan and facts.opened and facts.plan.course_id != facts.opened.course_id:
        yield fault("The enrolment studies another course than its plan's", facts.plan, facts.opened)


def _lacking(facts: Facts) -> list[str]:
    """What the plan still asks for."""
    hours, lacking = facts.hours, []
    for kind in LessonKind:
        needed, earned = needed_hours(facts.policy, kind), hours.whole_hours(kind)
        if earned < needed:
            lacking.append(f"{earned} of {needed} {kind} hours are earned")
    compulsory = [lesson for lesson in hours.lessons.values() if lesson.kind is LessonKind.COMPULSORY]
    if needed_hours(facts.policy, LessonKind.COMPULSORY) and not all(
        lesson.completed for lesson in compulsory
    ):
        lacking.append("Not every compulsory lesson is completed")
    return lacking


def _totals(facts: Facts, study: StudyCompleted) -> Iterator[Fault]:
    published = {LessonKind.COMPULSORY: study.compulsory_ms, LessonKind.ELECTIVE: study.elective_ms}
    for kind, stated in published.items():
        counted = facts.hours.total_ms(kind, completed_only=True)
        if stated != counted:
            yield fault(f"Published {stated} ms {kind}, counted {counted} ms", study)
    lessons = facts.own(LessonCompleted)
    if sorted(study.lesson_ids) != sorted({lesson.lesson_id for lesson in lessons}):
        yield fault("The study names other lessons than were completed", study)
    if sorted(study.check_ids) != sorted(check for lesson in lessons for check in lesson.check_ids):
        yield fault("The study names other face checks than its lessons", study)


def _times(facts: Facts, study: StudyCompleted) -> Iterator[Fault]:
    lessons, entered = facts.own(LessonCompleted), facts.own(LessonEntered)
    for lesson in lessons:
        if came_before(study, lesson):
            yield fault("A study was completed before its lessons", lesson, study)
    if study.completed_at > study.published.time + SKEW:
        yield fault("A study was completed later than it was published", study)
    in_time = milliseconds(study.completed_at) in map(milliseconds, facts.ends)  # and heard of long after
    if study.completed_at + TRANSIT < study.published.time - SKEW and not in_time:
        yield fault("A study was completed long before it was published", study)
    reports = [report.received_at for session in facts.sessions for _, report in session.accepted()[-1:]]
    if reports and is_before(study.completed_at, max(reports)):
        yield fault("A study was completed before its last report", study)
    begun = min((event.published.time for event in entered), default=study.started_at)
    if study.started_at > begun + SKEW:
        yield fault("A study began later than its first lesson", *entered[:1], study)
    if facts.opened and is_before(study.started_at, facts.opened.opened_at):
        yield fault("A study began before it was opened", facts.opened, study)
