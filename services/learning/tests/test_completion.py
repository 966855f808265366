"""Quiz, completion and hours (R22, R24)."""

from dataclasses import replace

import pytest

from services.learning.domain import LessonState, SessionState, Study
from services.learning.domain.errors import (
    LessonDone,
    StudyDone,
    StudyExpired,
)
from services.learning.tests.builders import (
    POLICY,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_study,
    at,
    entered,
    learnt,
    passed,
    playing,
    recorded,
    report,
    watched,
)
from shared.domain.errors import NotFound
from shared.events.learning import (
    LessonCompleted,
    QuizAnswered,
    StudyCompleted,
)
from shared.events.terms import LessonKind

ELECTIVE = LessonKind.ELECTIVE


# ---- quiz ----


def quiz_study() -> Study:
    return a_study(a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")])))


def test_the_quiz_is_done_when_each_question_was_answered_rightly_once():
    study = quiz_study()
    answers = [("q1", False), ("q1", True), ("q1", False), ("q2", True)]
    done = [study.answer_question("common", q, right=right, now=at(0)) for q, right in answers]
    assert done == [False, False, False, True]
    assert [event.correct for event in recorded(study, QuizAnswered)] == [False, True, False, True]


def test_a_wrong_answer_costs_no_hours():
    study = watched(playing(quiz_study()))
    study.answer_question("common", "q1", right=False, now=at(20))
    assert study.lesson("common").covered_ms == 15_000


def test_an_unknown_question_is_not_found():
    with pytest.raises(NotFound):
        quiz_study().answer_question("common", "q9", right=True, now=at(0))


def test_no_answer_counts_after_the_window():
    study = a_study(a_course(a_lesson(quiz=[a_question()])), closes_at=at(10))
    with pytest.raises(StudyExpired):
        study.answer_question("common", "q1", right=True, now=at(10))


# ---- completion ----


def test_a_lesson_completes_with_video_both_checks_and_quiz_in_any_order():
    study = quiz_study()
    study.answer_question("common", "q1", right=True, now=at(0))
    playing(study)
    study.pass_check(passed("c2", moment=UNFORESEEN), at(0))
    watched(study)
    assert recorded(study, LessonCompleted) == []
    study.answer_question("common", "q2", right=True, now=at(20))
    (event,) = recorded(study, LessonCompleted)
    assert (event.credited_ms, event.check_ids) == (15_000, ["s1-start", "c2"])
    assert study.sessions.state_of("s1") is SessionState.ENDED
    assert study.lesson("common").state is LessonState.COMPLETED


def test_a_lesson_without_its_unforeseen_check_is_not_complete():
    study = watched(playing())
    assert recorded(study, LessonCompleted) == []
    study.pass_check(passed("c2", moment=UNFORESEEN), at(20))
    assert len(recorded(study, LessonCompleted)) == 1


@pytest.mark.parametrize(("missing_s", "complete"), [(2, True), (2.001, False)])
def test_a_video_is_covered_when_at_most_two_seconds_are_missing(missing_s, complete):
    study = playing()
    study.pass_check(passed("c2", moment=UNFORESEEN), at(0))
    study.report("s1", report(1, 0, 15 - missing_s), has_turn=True, now=at(15))
    assert bool(recorded(study, LessonCompleted)) is complete


def test_a_completed_lesson_cannot_be_entered_again():
    study = learnt(a_study(), "common", "s1", 0)
    with pytest.raises(LessonDone):
        entered(study, session="s2", turn=2)


def test_the_repeated_report_that_completed_the_lesson_is_answered_again():
    study = playing()
    study.pass_check(passed("c2", moment=UNFORESEEN), at(0))
    last = report(1, 0, 15)
    answer = study.report("s1", last, has_turn=True, now=at(15))
    assert answer.state is SessionState.ENDED
    assert study.report("s1", last, has_turn=True, now=at(16)) == answer


def test_the_study_completes_once_when_all_hours_are_earned():
    study = learnt(a_study(), "common", "s1", 0)
    assert recorded(study, StudyCompleted) == []
    learnt(study, "special", "s2", 100)
    (event,) = recorded(study, StudyCompleted)
    assert (event.compulsory_ms, event.elective_ms) == (15_000, 15_000)
    assert event.lesson_ids == ["common", "special"]
    assert event.check_ids == ["s1-start", "s1-later", "s2-start", "s2-later"]
    assert (event.started_at, event.completed_at) == (at(0), at(116))


def test_nothing_can_be_entered_when_the_study_is_complete():
    extra = a_lesson("extra", kind=ELECTIVE)
    study = a_study(a_course(a_lesson(), a_lesson("special", kind=ELECTIVE), extra))
    learnt(learnt(study, "common", "s1", 0), "special", "s2", 100)
    with pytest.raises(StudyDone):
        entered(study, "extra", "s3", turn=3, at_s=200)


def test_every_compulsory_lesson_is_needed_even_when_fewer_fill_the_hours():
    policy = replace(POLICY, elective_hours=0)
    study = a_study(a_course(a_lesson(), a_lesson("law")), policy=policy)
    learnt(study, "common", "s1", 0)
    assert recorded(study, StudyCompleted) == []
    learnt(study, "law", "s2", 100)
    assert len(recorded(study, StudyCompleted)) == 1


def test_too_few_hours_do_not_complete_the_study():
    policy = replace(POLICY, elective_hours=0, compulsory_hours=2)
    study = learnt(a_study(a_course(a_lesson()), policy=policy), "common", "s1", 0)
    assert recorded(study, StudyCompleted) == []


def test_hours_are_shown_by_kind():
    study = playing()
    study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    figures = {
        hours.kind.value: (hours.needed_ms, hours.earned_ms, hours.remaining_ms) for hours in study.hours()
    }
    assert figures == {"compulsory": (15_000, 3_000, 12_000), "elective": (15_000, 0, 15_000)}


def test_nothing_remains_of_a_kind_that_is_done_though_a_second_is_missing():
    study = playing()
    study.pass_check(passed("c2", moment=UNFORESEEN), at(0))
    study.report("s1", report(1, 0, 14), has_turn=True, now=at(14))
    compulsory = study.hours()[0]
    assert (compulsory.done, compulsory.earned_ms, compulsory.remaining_ms) == (True, 14_000, 0)
