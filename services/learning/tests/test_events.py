"""What learning tells others, field by field (R7, R17, R18, R22–R24, R28)."""

from dataclasses import replace

from services.learning.domain import LessonState, PassedCheck
from services.learning.tests.builders import (
    POLICY,
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_session,
    a_study,
    at,
    learnt,
    pass_check,
    playing,
    recorded,
    report,
)
from shared.events.learning import (
    CheckDue,
    CoursePublished,
    Ending,
    LessonCompleted,
    LessonEntered,
    LessonSummary,
    PlaybackRecorded,
    QuizAnswered,
    ReportRecord,
    ScheduleMixed,
    SessionEnded,
    StudyCompleted,
)
from shared.events.terms import LessonKind

IDS = {"enrollment_id": "study", "person_id": "person"}
COMMON = {**IDS, "lesson_id": "common", "session_id": "s1"}


def test_a_published_course_says_all_about_its_lessons():
    special = a_lesson("special", kind=LessonKind.ELECTIVE)
    assert a_course(a_lesson(quiz=[a_question(), a_question("q2")]), special).events == [
        CoursePublished(
            course_id="course", title="继续教育", organisation="武汉培训", specialty="土木建筑",
            lessons=[
                LessonSummary(
                    lesson_id="common", title="计价", kind=LessonKind.COMPULSORY, duration_ms=15_000,
                    video_sha256="0" * 64, questions=2,
                ),
                LessonSummary(
                    lesson_id="special", title="计价", kind=LessonKind.ELECTIVE, duration_ms=15_000,
                    video_sha256="0" * 64, questions=0, specialty="土木建筑",
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
    assert (lesson.state, lesson.covered_ms) == (LessonState.NOT_STARTED, 0)
    assert (study.started_at, study.completed_at, study.last_lesson_id) == (None, None, None)


def test_entering_says_how_far_the_lesson_is_and_how_checks_are_to_be_asked():
    policy = replace(POLICY, check_deadline_s=61, check_attempts=4, cooldown_s=601)
    study = a_study(policy=policy)
    first = a_session(study)
    study.lesson("common").absorb(3_000, [PassedCheck(check_id="c2", moment=UNFORESEEN)])
    second = a_session(study, id="s2", turn=2)
    terms = {"duration_ms": 15_000, "check_deadline_s": 61, "check_attempts": 4, "cooldown_s": 601}
    assert first.events == [
        LessonEntered(**COMMON, **terms, covered_ms=0, unforeseen_check_passed=False, turn=1)
    ]
    again = {**COMMON, "session_id": "s2", "covered_ms": 3_000, "unforeseen_check_passed": True}
    assert second.events == [LessonEntered(**again, **terms, turn=2)]


def test_a_session_begins_with_what_its_study_and_its_turn_say():
    study = a_study(closes_at=at(99))
    session = a_session(study, at_s=7)
    assert (session.id, session.person_id, session.enrollment_id) == ("s1", "person", "study")
    assert (session.lesson_id, session.login_id, session.policy) == ("common", "login", POLICY)
    assert (session.entered_at, session.closes_at, session.duration_ms) == (at(7), at(99), 15_000)
    assert (session.covered_ms, session.unforeseen_passed, session.reports) == (0, False, 0)
    assert (session.bank.anchored_at, session.bank.saved_ms) == (at(7), 0)
    assert (session.batch.number, session.batch.anchored_at, session.batch.bank_ms) == (1, at(7), 0)
    assert (session.mixed, session.lease_ms, session.ended_at) == (False, None, None)
    assert session.late_report_recorded is False


def test_an_answer_to_a_draw_names_the_commitment_and_the_value():
    session = a_session()
    session.mix("hash", "value")
    assert session.events[1:] == [ScheduleMixed(**COMMON, seed_hash="hash", value="value")]


def test_a_batch_says_what_was_played_when_and_what_it_earned():
    session = playing(lease_s=10, at_s=1)
    session.report(report(1, 0, 4), at(3))
    session.report(report(2, 2, 9, rate=2), at(5))
    session.report(report(2, 2, 5), at(7))
    session.end(Ending.SUPERSEDED, at(8))
    assert session.events[1:] == [
        PlaybackRecorded(
            **COMMON, batch=1, anchored_at=at(1), bank_ms=0, refusals_left_out=0, covered_ms=5_000,
            reports=[
                ReportRecord(
                    number=1, from_ms=0, to_ms=4_000, rate=1, received_at=at(3), paid_ms=2_000,
                    credited_ms=2_000, refusal=None,
                ),
                ReportRecord(
                    number=2, from_ms=2_000, to_ms=9_000, rate=2, received_at=at(5), paid_ms=0,
                    credited_ms=0, refusal="wrong_rate",
                ),
                ReportRecord(
                    number=2, from_ms=2_000, to_ms=5_000, rate=1, received_at=at(7), paid_ms=3_000,
                    credited_ms=3_000, refusal=None,
                ),
            ],
        ),
        SessionEnded(
            **COMMON, ending=Ending.SUPERSEDED, covered_ms=5_000, reports=2, ended_at=at(8), check_id=None
        ),
    ]  # fmt: skip


def test_the_next_batch_goes_on_from_the_bank_of_the_one_before():
    session = playing(lease_s=4)
    session.report(report(1, 0, 6), at(7))
    pass_check(session, UNFORESEEN, 15, at_s=20)
    session.report(report(2, 4, 6), at(21))
    session.end(Ending.CHECK_FAILED, at(22), "c3")
    first, due, second, ended = session.events[1:]
    assert (first.batch, first.anchored_at, first.bank_ms, first.covered_ms) == (1, at(0), 0, 4_000)
    assert due == CheckDue(**COMMON, covered_ms=4_000, reached_at=at(7))
    assert (second.batch, second.anchored_at, second.bank_ms) == (2, at(20), 3_000)
    assert ended.check_id == "c3"


def test_an_answer_says_whether_the_quiz_is_done():
    study = a_study(a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")])))
    study.answer_question("common", "q1", right=False, now=at(0))
    study.answer_question("common", "q2", right=True, now=at(1))
    lesson = {**IDS, "lesson_id": "common"}
    assert study.events == [
        QuizAnswered(**lesson, question_id="q1", correct=False, quiz_done=False),
        QuizAnswered(**lesson, question_id="q2", correct=True, quiz_done=True),
    ]


def test_a_completed_lesson_and_study_say_what_was_earned():
    study = learnt(learnt(a_study(), "common", "s1", 0), "special", "s2", 100)
    assert study.events == [
        LessonCompleted(
            **IDS, lesson_id="common", kind=LessonKind.COMPULSORY, credited_ms=15_000,
            check_ids=["s1-start", "s1-unforeseen"],
        ),
        LessonCompleted(
            **IDS, lesson_id="special", kind=LessonKind.ELECTIVE, credited_ms=15_000,
            check_ids=["s2-start", "s2-unforeseen"],
        ),
        StudyCompleted(
            **IDS, compulsory_ms=15_000, elective_ms=15_000, lesson_ids=["common", "special"],
            check_ids=["s1-start", "s1-unforeseen", "s2-start", "s2-unforeseen"], started_at=at(0),
            completed_at=at(116),
        ),
    ]  # fmt: skip
    assert (study.started_at, study.completed_at) == (at(0), at(116))


def test_a_study_sums_each_kind_apart_and_names_only_what_is_finished():
    lessons = [
        a_lesson(),
        a_lesson("one", kind=LessonKind.ELECTIVE),
        a_lesson("two", kind=LessonKind.ELECTIVE, duration_ms=14_000),
    ]
    study = learnt(a_study(a_course(*lessons)), "common", "s1", 0)
    session = playing(study, "one", "s2", 50)
    session.report(report(1, 0, 3), at(53))
    study.absorb(session, at(54))
    checks = [PassedCheck(check_id=moment, moment=moment) for moment in (START, UNFORESEEN)]
    last = playing(study, "two", "s3", 100)
    last.covered_ms, last.checks = 14_000, checks
    study.absorb(last, at(120))
    (event,) = recorded(study, StudyCompleted)
    assert (event.lesson_ids, event.compulsory_ms, event.elective_ms) == (["common", "two"], 15_000, 14_000)
