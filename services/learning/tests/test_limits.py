"""Where the rules of learning draw their lines, and what a refusal names (R7, R22–R24)."""

import pytest

from services.learning.domain import (
    CourseStatus,
    LessonState,
    PassedCheck,
    RefusalReason,
    ReportOutcome,
    SessionState,
)
from services.learning.domain.errors import OptionUnknown, QuestionInvalid
from services.learning.domain.event_factory import draw_value
from services.learning.domain.hours import hours_of, needed_ms, offers_enough
from services.learning.domain.progress import LessonProgress
from services.learning.domain.refusals import refusal_of
from services.learning.tests.builders import (
    POLICY,
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_study,
    at,
)
from shared.domain.errors import DomainError, ErrorKind, NotFound
from shared.events.terms import LessonKind, StudyPolicy

COMPULSORY, ELECTIVE = LessonKind.COMPULSORY, LessonKind.ELECTIVE


# ---- courses and quizzes (R22, R24) ----


def test_the_right_option_is_the_answer_and_the_others_are_not():
    assert [a_question().is_right(option) for option in (0, 1, 2)] == [False, True, False]


def test_a_refused_option_names_the_last_one():
    with pytest.raises(OptionUnknown) as refused:
        a_question().is_right(3)
    assert refused.value.details == {"most": 2}


@pytest.mark.parametrize("answer", [0, 1])
def test_a_question_of_two_options_may_have_either_as_its_answer(answer):
    course = a_course(a_lesson(quiz=[a_question(options=["对", "错"], answer=answer)]))
    assert course.status is CourseStatus.PUBLISHED


def test_a_refused_question_is_named_by_its_number_from_one():
    wrong = a_question("q2", options=["1", "2"], answer=2)
    with pytest.raises(QuestionInvalid) as refused:
        a_course(a_lesson(quiz=[a_question(), wrong]))
    assert refused.value.details == {"question": 2, "options": 2}


def test_what_a_course_lacks_is_named():
    course = a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")]))
    assert course.lesson("common").question("q2").id == "q2"
    for ask, what in ((course.lesson, "Lesson"), (course.lesson("common").question, "Question")):
        with pytest.raises(NotFound) as refused:
            ask("nowhere")
        assert refused.value.details == {"what": what}


def test_what_a_study_lacks_is_named():
    study = a_study(a_course(a_lesson(quiz=[a_question()])))
    for ask, what in (
        (lambda: study.lesson("nowhere"), "Lesson"),
        (lambda: study.answer_question("common", "q9", right=True, now=at(0)), "Question"),
    ):
        with pytest.raises(NotFound) as refused:
            ask()
        assert refused.value.details == {"what": what}


def test_a_lesson_is_in_progress_once_it_was_entered_or_answered():
    study = a_study(a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")]), a_lesson("law")))
    assert study.lesson("common").state is LessonState.NOT_STARTED
    study.answer_question("common", "q1", right=True, now=at(0))
    assert study.lesson("common").state is LessonState.IN_PROGRESS
    study.enter("law", at(0))
    assert study.lesson("law").state is LessonState.IN_PROGRESS


def test_a_question_answered_rightly_twice_counts_once():
    study = a_study(a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")])))
    for _ in range(2):
        assert not study.answer_question("common", "q1", right=True, now=at(0))
    assert study.lesson("common").right_ids == ["q1"]


def test_a_check_of_one_moment_says_nothing_about_the_other():
    lesson = a_study().lesson("common")
    lesson.absorb(0, [PassedCheck(check_id="c1", moment=START)])
    assert (lesson.passed(START), lesson.passed(UNFORESEEN)) == (True, False)


# ---- hours (R7, R22) ----


def a_progress(kind=COMPULSORY, covered_ms=0, completed=False, id="common", duration_ms=15_000):
    lesson = LessonProgress.of(a_lesson(id, kind=kind, duration_ms=duration_ms))
    lesson.covered_ms, lesson.completed = covered_ms, completed
    return lesson


def test_the_hours_needed_are_the_plans_hours_of_45_minutes():
    assert needed_ms(COMPULSORY, StudyPolicy()) == needed_ms(ELECTIVE, StudyPolicy()) == 40 * 45 * 60_000
    policy = StudyPolicy(hour_seconds=10, compulsory_hours=2, elective_hours=3)
    assert (needed_ms(COMPULSORY, policy), needed_ms(ELECTIVE, policy)) == (20_000, 30_000)


def test_each_kind_is_measured_by_its_own_hours():
    policy = StudyPolicy(hour_seconds=10, compulsory_hours=2, elective_hours=1)
    lessons = [a_progress(duration_ms=17_000), a_progress(ELECTIVE, id="special", duration_ms=17_000)]
    assert [hours_of(kind, lessons, policy).needed_ms for kind in LessonKind] == [20_000, 10_000]
    assert [offers_enough(kind, lessons, policy) for kind in LessonKind] == [False, True]


def test_a_kind_of_which_no_hours_are_asked_is_done_from_the_start():
    policy = StudyPolicy(hour_seconds=15, compulsory_hours=0, elective_hours=1)
    assert hours_of(COMPULSORY, [a_progress()], policy).done
    assert not hours_of(ELECTIVE, [a_progress(ELECTIVE)], policy).done


@pytest.mark.parametrize(("missing_ms", "done"), [(2_000, True), (2_001, False)])
def test_each_completed_lesson_may_lack_its_slack(missing_ms, done):
    lesson = a_progress(ELECTIVE, 15_000 - missing_ms, completed=True)
    hours = hours_of(ELECTIVE, [lesson], POLICY)
    assert (hours.done, hours.remaining_ms) == (done, 0 if done else missing_ms)


def test_more_than_is_needed_leaves_nothing_to_learn_but_a_lesson_to_complete():
    lesson = a_progress(COMPULSORY, 20_000, duration_ms=30_000)
    hours = hours_of(COMPULSORY, [lesson], POLICY)
    assert (hours.kind, hours.needed_ms, hours.earned_ms) == (COMPULSORY, 15_000, 20_000)
    assert (hours.done, hours.remaining_ms) == (False, 0)


@pytest.mark.parametrize(
    ("lessons", "enough"),
    [
        ([a_progress(duration_ms=13_000)], True),  # with its slack it fills the hour
        ([a_progress(duration_ms=12_999)], False),
        ([a_progress(duration_ms=6_000), a_progress(id="law", duration_ms=5_000)], True),
        ([a_progress(ELECTIVE, duration_ms=60_000), a_progress(duration_ms=12_999)], False),
        ([], False),
    ],
)
def test_a_course_offers_enough_when_all_its_lessons_would_earn_the_hours(lessons, enough):
    assert offers_enough(COMPULSORY, lessons, POLICY) is enough


# ---- what a learner is told about a refused report (R23) ----

TOLD = {
    RefusalReason.ENDED: ("session.ended", ErrorKind.CONFLICT),
    RefusalReason.SILENT: ("session.silent", ErrorKind.CONFLICT),
    RefusalReason.WINDOW_CLOSED: ("study.expired", ErrorKind.CONFLICT),
    RefusalReason.CHECK_PENDING: ("check.pending", ErrorKind.CONFLICT),
    RefusalReason.OUT_OF_ORDER: ("report.out_of_order", ErrorKind.CONFLICT),
    RefusalReason.IMPOSSIBLE: ("report.impossible", ErrorKind.INVALID),
    RefusalReason.WRONG_RATE: ("report.wrong_rate", ErrorKind.CONFLICT),
    RefusalReason.SEEK_AHEAD: ("report.seek_ahead", ErrorKind.CONFLICT),
    RefusalReason.TOO_FAST: ("report.too_fast", ErrorKind.CONFLICT),
}


def outcome(refusal: RefusalReason | None) -> ReportOutcome:
    return ReportOutcome(
        credited_ms=0,
        pending_ms=0,
        covered_ms=9,
        position_ms=7,
        next_report=5,
        state=SessionState.PLAYING,
        refusal=refusal,
    )


@pytest.mark.parametrize("reason", RefusalReason)
def test_each_refusal_has_a_code_and_says_where_to_go_on(reason: RefusalReason):
    refused = refusal_of(outcome(reason))
    assert (refused.code, refused.kind) == TOLD[reason]
    assert refused.details == {"next_report": 5, "position_ms": 7, "covered_ms": 9, "state": "playing"}
    assert isinstance(refused, DomainError)


def test_a_report_that_was_not_refused_has_no_refusal():
    with pytest.raises(ValueError, match="not refused"):
        refusal_of(outcome(None))


def test_learnings_own_value_is_32_bytes_and_never_the_same():
    values = {draw_value() for _ in range(100)}
    assert len(values) == 100
    assert {len(bytes.fromhex(value)) for value in values} == {32}
