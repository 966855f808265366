"""What learning tells others, field by field (R7, R17, R18, R22–R24, R28)."""

from dataclasses import replace

from services.learning.domain import LessonState, SessionState
from services.learning.domain.coverage import Span
from services.learning.domain.progress import PassedCheck
from services.learning.tests.builders import (
    POLICY,
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_study,
    at,
    entered,
    failed,
    learnt,
    passed,
    playing,
    recorded,
    report,
    requested,
)
from shared.events.learning import (
    CoursePublished,
    LessonCompleted,
    LessonEntered,
    LessonPaused,
    LessonSummary,
    PlaybackCredited,
    PlaybackRefused,
    QuizAnswered,
    StudyCompleted,
)
from shared.events.terms import LessonKind

IDS = {"enrollment_id": "study", "person_id": "person"}
COMMON = {**IDS, "lesson_id": "common", "session_id": "s1"}


def test_a_published_course_says_all_about_its_lessons():
    assert a_course().events == [
        CoursePublished(
            course_id="course", title="继续教育", organisation="武汉培训", specialty="土木建筑",
            lessons=[
                LessonSummary(
                    lesson_id="common", title="计价", kind=LessonKind.COMPULSORY, duration_ms=15_000,
                    video_sha256="0" * 64,
                ),
                LessonSummary(
                    lesson_id="special", title="计价", kind=LessonKind.ELECTIVE, duration_ms=15_000,
                    video_sha256="0" * 64,
                ),
            ],
        )
    ]  # fmt: skip


def test_a_study_opens_with_the_terms_of_its_enrolment_and_the_lessons_of_that_day():
    study = a_study(a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")])))
    assert (study.id, study.person_id, study.course_id) == ("study", "person", "course")
    assert (study.opened_at, study.closes_at, study.policy) == (at(-60), at(90 * 86_400), POLICY)
    (lesson,) = study.lessons
    assert (lesson.lesson_id, lesson.title, lesson.chapter) == ("common", "计价", "第一章")
    assert (lesson.kind, lesson.duration_ms) == (LessonKind.COMPULSORY, 15_000)
    assert lesson.question_ids == ["q1", "q2"]
    assert (lesson.state, lesson.covered_ms, lesson.position_ms) == (LessonState.NOT_STARTED, 0, 0)
    assert (study.started_at, study.completed_at, study.sessions.live) == (None, None, None)


def test_entering_says_how_far_the_lesson_is_and_how_checks_are_to_be_asked():
    policy = replace(POLICY, check_deadline_s=61, check_attempts=4, cooldown_s=601)
    study = playing(a_study(policy=policy))
    study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    study.pass_check(passed("c2", moment=UNFORESEEN), at(4))
    entered(study, session="s2", turn=2, at_s=10)
    terms = {"duration_ms": 15_000, "check_deadline_s": 61, "check_attempts": 4, "cooldown_s": 601}
    again = {**COMMON, "session_id": "s2", "covered_ms": 3_000, "unforeseen_check_passed": True}
    assert recorded(study, LessonEntered) == [
        LessonEntered(**COMMON, **terms, covered_ms=0, unforeseen_check_passed=False),
        LessonEntered(**again, **terms),
    ]
    live = study.sessions.live
    assert (live.id, live.lesson_id, live.turn, live.position_ms) == ("s2", "common", 2, 3_000)
    assert (live.clock.anchored_at, live.clock.carry_ms) == (at(10), 0)


def test_credit_and_refusal_say_what_was_played_and_when():
    study = playing()
    study.report("s1", report(1, 0, 2), has_turn=True, now=at(3))
    study.report("s1", report(2, 2, 6), has_turn=True, now=at(5))
    study.report("s1", report(3, 6, 7), has_turn=True, now=at(7))
    assert study.events[1:] == [
        PlaybackCredited(
            **COMMON, report=1, from_ms=0, to_ms=2_000, anchored_at=at(0), received_at=at(3),
            budget_ms=3_000, covered_ms=2_000,
        ),
        PlaybackRefused(
            **COMMON, report=2, from_ms=2_000, to_ms=6_000, received_at=at(5), reason="too_fast"
        ),
        PlaybackCredited(
            **COMMON, report=3, from_ms=6_000, to_ms=7_000, anchored_at=at(5), received_at=at(7),
            budget_ms=2_000, covered_ms=3_000,
        ),
    ]  # fmt: skip
    assert study.lesson("common").covered == [
        Span(from_ms=0, to_ms=2_000),
        Span(from_ms=6_000, to_ms=7_000),
    ]


def test_a_superseded_report_says_who_sent_what():
    study = playing()
    study.report("s1", report(1, 0, 3), has_turn=False, now=at(3))
    assert study.events[1:] == [
        PlaybackRefused(
            **COMMON, report=1, from_ms=0, to_ms=3_000, received_at=at(3), reason="superseded"
        )
    ]  # fmt: skip


def test_a_pause_says_which_check_failed():
    study = playing()
    study.request_check(requested("c2"))
    study.fail_check(failed("c2", moment=UNFORESEEN))
    assert study.events[1:] == [LessonPaused(**COMMON, check_id="c2")]
    assert study.sessions.state_of("s1") is SessionState.PAUSED


def test_an_answer_says_whether_the_quiz_is_done():
    study = a_study(a_course(a_lesson(quiz=[a_question("q1")])))
    study.answer_question("common", "q1", right=False, now=at(0))
    study.answer_question("common", "q1", right=True, now=at(1))
    lesson = {**IDS, "lesson_id": "common", "question_id": "q1"}
    assert study.events == [
        QuizAnswered(**lesson, correct=False, quiz_done=False),
        QuizAnswered(**lesson, correct=True, quiz_done=True),
    ]


def test_a_completed_lesson_and_study_say_what_was_earned():
    study = learnt(learnt(a_study(), "common", "s1", 0), "special", "s2", 100)
    completed = [event for event in study.events if isinstance(event, LessonCompleted | StudyCompleted)]
    assert completed == [
        LessonCompleted(
            **IDS, lesson_id="common", kind=LessonKind.COMPULSORY, credited_ms=15_000,
            check_ids=["s1-start", "s1-later"],
        ),
        LessonCompleted(
            **IDS, lesson_id="special", kind=LessonKind.ELECTIVE, credited_ms=15_000,
            check_ids=["s2-start", "s2-later"],
        ),
        StudyCompleted(
            **IDS, compulsory_ms=15_000, elective_ms=15_000, lesson_ids=["common", "special"],
            check_ids=["s1-start", "s1-later", "s2-start", "s2-later"], started_at=at(0),
            completed_at=at(116),
        ),
    ]  # fmt: skip
    assert (study.started_at, study.completed_at) == (at(0), at(116))


def test_a_study_sums_each_kind_apart():
    course = a_course(a_lesson(), a_lesson("special", kind=LessonKind.ELECTIVE, duration_ms=14_000))
    study = learnt(a_study(course), "common", "s1", 0)
    playing(study, "special", "s2", 100)
    study.report("s2", report(1, 0, 14), has_turn=True, now=at(114))
    study.pass_check(passed("c9", "s2", UNFORESEEN), at(115))
    (event,) = recorded(study, StudyCompleted)
    assert (event.compulsory_ms, event.elective_ms) == (15_000, 14_000)


def test_an_unfinished_elective_is_not_among_what_the_study_names():
    lessons = [
        a_lesson(),
        a_lesson("one", kind=LessonKind.ELECTIVE),
        a_lesson("two", kind=LessonKind.ELECTIVE),
    ]
    study = learnt(a_study(a_course(*lessons)), "common", "s1", 0)
    playing(study, "one", "s2", 50)
    study.report("s2", report(1, 0, 3), has_turn=True, now=at(53))
    learnt(study, "two", "s3", 100)
    (event,) = recorded(study, StudyCompleted)
    assert (event.lesson_ids, event.elective_ms) == (["common", "two"], 15_000)


def test_a_passed_check_belongs_to_the_lesson_in_which_it_was_asked():
    study = playing()
    entered(study, "special", "s2", turn=2, at_s=5)
    study.pass_check(passed("s2-start", "s2"), at(6))
    assert study.lesson("common").checks == [PassedCheck(check_id="s1-start", moment=START)]
    assert study.lesson("special").checks == [PassedCheck(check_id="s2-start", moment=START)]
