"""What derived hours say beside their discrepancies (R7, R22–R24, R28)."""

from dataclasses import replace

from services.audit.domain import Claim, derive_hours
from services.audit.tests.builders import World
from services.audit.tests.logs import HOUR, HOURS, SECOND, altered, codes_in, faults_in, moved, nth, without
from shared.events.certificate import Verdict
from shared.events.enrollment import LearningOpened
from shared.events.learning import CoursePublished, LessonCompleted, PlaybackRecorded, StudyCompleted
from shared.events.proctor import FaceCheckPassed, IdentityVerified
from shared.events.terms import LessonKind


def test_an_honest_study_matches_to_the_millisecond():
    hours = derive_hours(HOURS, World().study().events)
    assert (hours.discrepancies, hours.verdict) == ([], Verdict.CLEAN)
    assert [hours.total_ms(kind) for kind in LessonKind] == [15_000, 15_000]
    assert hours.lessons["lesson-c"].intervals == [(0, 15_000)]


def test_what_is_derived_says_whose_hours_and_by_which_terms():
    hours = derive_hours(HOURS, World().study().events)
    assert (hours.enrollment_id, hours.person_id, hours.hour_seconds) == (HOURS, "person-1", 15)
    lesson = hours.lessons["lesson-e"]
    assert (lesson.lesson_id, lesson.kind, lesson.duration_ms) == ("lesson-e", LessonKind.ELECTIVE, 15_000)
    assert (lesson.completed, lesson.credited_ms, hours.match) == (True, 15_000, True)


def a_short_play():
    """A lesson whose unforeseen check comes late enough for two reports of 1 s."""
    return World(duration_ms=60_000).open().enter("lesson-c")


def test_totals_are_by_kind_and_may_leave_out_what_is_not_complete():
    hours = derive_hours(HOURS, a_short_play().play(1_000).enter("lesson-e").events)
    compulsory, elective = LessonKind.COMPULSORY, LessonKind.ELECTIVE
    assert (hours.discrepancies, hours.verdict) == ([], Verdict.DOUBTFUL)
    assert hours.total_ms(compulsory) == 1_000
    assert hours.total_ms(compulsory, completed_only=True) == hours.total_ms(elective) == 0


def test_every_second_is_earned_pending_or_refused_with_its_report():
    world = a_short_play().play(1_000).play(2_000, took=500).play(9_000, took=500, skip=1).enter("lesson-e")
    lesson = derive_hours(HOURS, world.events).lessons["lesson-c"]
    assert [span(claim) for claim in lesson.earned] == [(1, 0, 1_000), (2, 1_000, 1_500)]
    assert [span(claim) for claim in lesson.pending] == [(2, 1_500, 3_000)]
    assert [(*span(claim), claim.reason) for claim in lesson.refused] == [(3, 1_501, 10_501, "seek_ahead")]
    assert {claim.event_id for claim in lesson.earned} == {nth(world.events, PlaybackRecorded).published.id}


def span(claim: Claim) -> tuple[int, int, int]:
    return claim.report, claim.from_ms, claim.to_ms


def test_what_was_claimed_again_is_pending_no_more():
    world = a_short_play().play(2_000, took=1_000).play(2_000, took=2_000).enter("lesson-e")
    assert derive_hours(HOURS, world.events).lessons["lesson-c"].pending == []


def test_the_course_says_how_long_a_lesson_is_before_anybody_enters_it():
    hours = derive_hours(HOURS, World().open().events)
    assert {lesson.duration_ms for lesson in hours.lessons.values()} == {15_000}


def test_refused_reports_are_counted():
    world = a_short_play().play(1_000, rate=2.0).play(1_000, rate=1.25).enter("lesson-e")
    assert derive_hours(HOURS, world.events).refused_reports == 2


def test_another_course_of_the_organisation_lends_no_lessons():
    events = World().study().events
    course = nth(events, CoursePublished)
    meta = replace(course.published, subject="course-2", id="e" * 32)
    lessons = [replace(course.lessons[0], lesson_id="x")]
    other = replace(course, course_id="course-2", lessons=lessons, meta=meta)
    assert "x" not in derive_hours(HOURS, [other, *events]).lessons


def test_without_its_opening_an_enrolment_has_no_terms():
    events = World().study().events
    hours = derive_hours(HOURS, without(events, nth(events, LearningOpened)))
    assert (hours.hour_seconds, hours.verdict) == (None, Verdict.DOUBTFUL)
    assert "study.opened" in {fault.code for fault in hours.discrepancies}


def test_a_discrepancy_makes_the_hours_not_match():
    events = World().study().events
    assert not derive_hours(HOURS, without(events, nth(events, IdentityVerified))).match


def test_a_clean_verdict_on_a_log_that_any_rule_disproves_is_disputed():
    events = World().study().events
    batch = nth(events, PlaybackRecorded)
    codes = {fault.code for fault in faults_in(altered(events, batch, covered_ms=batch.covered_ms + 1))}
    assert codes == {"credit.figures", "verdict.rederived"}


def test_what_may_be_on_its_way_is_awaited_for_two_minutes():
    world = World().open().enter("lesson-c").watch()
    passed = nth(world.events, FaceCheckPassed)
    proctors = [
        e for e in world.events if (e.published.source, e.published.subject) == ("proctor", passed.session_id)
    ]
    heard = [event for event in world.events if event not in proctors[proctors.index(passed) :]]
    assert codes_in(heard)
    now = world.events[-1].published.time
    assert faults_in(heard, now) == []
    assert derive_hours(HOURS, heard, now).awaited
    assert faults_in(heard, now + 123 * SECOND)


def test_a_compulsory_lesson_for_another_specialty_is_not_asked_for():
    """An add-on course is compulsory for each specialty apart (R7)."""
    events = World().study().events
    course = nth(events, CoursePublished)
    foreign = replace(course.lessons[0], lesson_id="lesson-x", specialty="安装")
    own = replace(course.lessons[0], specialty="土木")
    lessons = [own, foreign, *course.lessons[1:]]
    assert faults_in(altered(events, course, lessons=lessons)) == []


def test_a_study_that_ended_with_its_window_may_be_heard_of_long_after_it():
    """Its last check was passed in time, and the news of it took its time (R9)."""
    events = World().study().events
    study, done = nth(events, StudyCompleted), nth(events, LessonCompleted, 1)
    opened = altered(events, nth(events, LearningOpened), closes_at=study.completed_at)
    place, end = opened.index(done), opened.index(study)
    assert faults_in([*opened[:place], *(moved(event, HOUR) for event in opened[place : end + 1])]) == []
