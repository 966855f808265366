"""What derived hours say beside their discrepancies (R7, R22–R24)."""

from dataclasses import replace

from services.audit.domain import derive_hours
from services.audit.tests.builders import World
from services.audit.tests.logs import HOURS, nth, without
from shared.events.enrollment import LearningOpened
from shared.events.learning import CoursePublished
from shared.events.proctor import IdentityVerified
from shared.events.terms import LessonKind


def test_what_is_derived_says_whose_hours_and_by_which_terms():
    hours = derive_hours(HOURS, World().study().events)
    assert (hours.enrollment_id, hours.person_id, hours.hour_seconds, hours.slack_ms) == (
        HOURS, "person-1", 15, 2_000,
    )  # fmt: skip
    lesson = hours.lessons["lesson-e"]
    assert (lesson.lesson_id, lesson.kind, lesson.duration_ms) == ("lesson-e", LessonKind.ELECTIVE, 15_000)
    assert (lesson.completed, lesson.credited_ms, hours.match) == (True, 15_000, True)


def test_totals_are_by_kind_and_may_leave_out_what_is_not_complete():
    hours = derive_hours(HOURS, World().open().enter("lesson-c").play(3_000).events)
    totals = {
        (kind, only): hours.total_ms(kind, completed_only=only)
        for kind in LessonKind
        for only in (False, True)
    }
    compulsory, elective = LessonKind.COMPULSORY, LessonKind.ELECTIVE
    assert totals == {
        (compulsory, False): 3_000, (compulsory, True): 0, (elective, False): 0, (elective, True): 0,
    }  # fmt: skip
    assert hours.total_ms(compulsory) == 3_000


def test_the_course_says_how_long_a_lesson_is_before_anybody_enters_it():
    hours = derive_hours(HOURS, World().open().events)
    assert {lesson.duration_ms for lesson in hours.lessons.values()} == {15_000}


def test_refused_reports_are_counted():
    world = World().open().enter("lesson-c").play(9_000, took=1_000).play(9_000, took=1_000)
    assert derive_hours(HOURS, world.events).refused_reports == 2


def test_another_course_of_the_organisation_lends_no_lessons():
    events = World().study().events
    course = nth(events, CoursePublished)
    meta = replace(course.published, subject="course-2", id="e" * 32)
    other = replace(
        course, course_id="course-2", lessons=[replace(course.lessons[0], lesson_id="x")], meta=meta
    )
    assert "x" not in derive_hours(HOURS, [other, *events]).lessons


def test_without_its_opening_an_enrolment_has_no_terms():
    hours = derive_hours(HOURS, without(World().study().events, LearningOpened))
    assert (hours.person_id, hours.hour_seconds, hours.slack_ms) == (None, None, 0)
    assert {fault.code for fault in hours.discrepancies} == {"audit_baseless"}


def test_a_discrepancy_makes_the_hours_not_match():
    assert not derive_hours(HOURS, without(World().study().events, IdentityVerified)).match
