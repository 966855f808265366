"""Quiz, completion and hours (R22, R24)."""

from dataclasses import asdict, replace

import pytest

from services.learning.domain import LessonState, PassedCheck, PlaySession, Study
from services.learning.domain.errors import (
    LessonDone,
    StudyDone,
    StudyExpired,
)
from services.learning.tests.builders import (
    POLICY,
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_study,
    at,
    learnt,
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
from shared.events.terms import LessonKind, StudyPolicy

ELECTIVE = LessonKind.ELECTIVE
ONE_KIND = replace(POLICY, elective_hours=0)


# ---- quiz ----


def quiz_study(**changes) -> Study:
    return a_study(a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")])), **changes)


def answer(study: Study, question: str = "q1", right: bool = True, at_s: float = 0) -> bool:
    return study.answer_question("common", question, right=right, now=at(at_s))


def test_the_quiz_is_done_when_each_question_was_answered_rightly_or_not():
    study = quiz_study()
    answers = [("q1", False), ("q1", True), ("q1", False), ("q2", False)]
    assert [answer(study, question, right) for question, right in answers] == [False, False, False, True]
    assert [event.correct for event in recorded(study, QuizAnswered)] == [False, True, False, False]
    lesson = study.lesson("common")
    assert (lesson.answered_ids, lesson.right_ids) == (["q1", "q2"], ["q1"])


def test_a_wrong_answer_never_keeps_a_lesson_from_being_complete():
    study = learnt(quiz_study(), "common", "s1", 0)
    answer(study, "q1", right=False, at_s=20)
    answer(study, "q2", right=False, at_s=21)
    assert (study.lesson("common").completed, study.lesson("common").covered_ms) == (True, 15_000)


def test_an_unknown_question_is_not_found():
    with pytest.raises(NotFound):
        answer(quiz_study(), "q9")


def test_no_answer_counts_after_the_window():
    study = quiz_study(closes_at=at(10))
    answer(study, at_s=9.999)
    with pytest.raises(StudyExpired):
        answer(study, "q2", at_s=10)
    assert study.lesson("common").answered_ids == ["q1"]


# ---- what a play session leaves ----


def test_a_study_takes_over_what_a_session_has_earned_once():
    study, session = a_study(), watched(playing(a_study()))
    for _ in range(2):
        study.absorb(session, at(16))
    lesson = study.lesson("common")
    assert (lesson.covered_ms, [check.check_id for check in lesson.checks]) == (
        15_000,
        ["s1-start", "s1-unforeseen"],
    )
    assert len(recorded(study, LessonCompleted)) == 1


def test_an_earlier_session_that_is_heard_of_later_lowers_nothing():
    study = a_study()
    study.absorb(part_of(study, 6, "s2"), at(7))
    study.absorb(part_of(study, 3, "s1"), at(8))
    assert study.lesson("common").covered_ms == 6_000
    assert [check.check_id for check in study.lesson("common").checks] == ["s2-start", "s1-start"]


def part_of(study: Study, seconds: float, id: str) -> PlaySession:
    session = playing(study, id=id)
    session.report(report(1, 0, seconds), at(seconds))
    return session


def test_a_completed_lesson_changes_no_more():
    study = learnt(quiz_study(), "common", "s1", 0)
    answer(study, "q1", at_s=20)
    answer(study, "q2", at_s=21)
    before = asdict(study.lesson("common"))
    session = playing(quiz_study(), id="s9")
    session.covered_ms = 15_000
    study.absorb(session, at(30))
    assert asdict(study.lesson("common")) == before


def test_a_session_belongs_to_its_own_lesson():
    study = a_study()
    study.absorb(part_of(study, 3, "s1"), at(4))
    study.absorb(playing(study, "special", "s2", 10), at(11))
    assert study.lesson("common").checks == [PassedCheck(check_id="s1-start", moment=START)]
    assert study.lesson("special").checks == [PassedCheck(check_id="s2-start", moment=START)]


# ---- completion ----


def test_a_lesson_completes_with_video_both_checks_and_quiz():
    study = quiz_study()
    answer(study, "q1")
    learnt(study, "common", "s1", 0)
    assert recorded(study, LessonCompleted) == []
    answer(study, "q2", at_s=20)
    (event,) = recorded(study, LessonCompleted)
    assert (event.credited_ms, event.check_ids) == (15_000, ["s1-start", "s1-unforeseen"])
    assert study.lesson("common").state is LessonState.COMPLETED


@pytest.mark.parametrize("moment", [START, UNFORESEEN])
def test_a_lesson_without_one_of_its_checks_is_not_complete(moment):
    lesson = a_study().lesson("common")
    lesson.absorb(15_000, [PassedCheck(check_id="c1", moment=moment)])
    assert not lesson.is_ready(StudyPolicy())
    lesson.absorb(0, [PassedCheck(check_id="c2", moment=START if moment is UNFORESEEN else UNFORESEEN)])
    assert lesson.is_ready(StudyPolicy())


@pytest.mark.parametrize(("missing_ms", "ready"), [(2_000, True), (2_001, False)])
def test_a_lesson_may_lack_its_slack(missing_ms, ready):
    lesson = a_study().lesson("common")
    checks = [PassedCheck(check_id=moment, moment=moment) for moment in (START, UNFORESEEN)]
    lesson.absorb(15_000 - missing_ms, checks)
    assert lesson.is_ready(StudyPolicy()) is ready


@pytest.mark.parametrize(("missing_ms", "completed"), [(2_000, True), (2_001, False)])
def test_the_slack_is_that_of_the_policy(missing_ms, completed):
    study = a_study()
    session = playing(study)
    session.covered_ms = 15_000 - missing_ms
    session.checks = [PassedCheck(check_id=moment, moment=moment) for moment in (START, UNFORESEEN)]
    study.absorb(session, at(16))
    assert study.lesson("common").completed is completed


def test_the_last_answer_completes_the_study_when_it_is_given():
    study = learnt(quiz_study(policy=ONE_KIND), "common", "s1", 0)
    answer(study, "q1", at_s=20)
    assert study.completed_at is None
    answer(study, "q2", at_s=40)
    assert study.completed_at == at(40)


def test_a_completed_lesson_cannot_be_entered_again():
    study = learnt(a_study(), "common", "s1", 0)
    with pytest.raises(LessonDone):
        study.enter("common", at(20))


def test_the_study_completes_once_when_all_hours_are_earned():
    study = learnt(a_study(), "common", "s1", 0)
    assert recorded(study, StudyCompleted) == []
    learnt(study, "special", "s2", 100)
    (event,) = recorded(study, StudyCompleted)
    assert (event.compulsory_ms, event.elective_ms) == (15_000, 15_000)
    assert event.lesson_ids == ["common", "special"]
    assert event.check_ids == ["s1-start", "s1-unforeseen", "s2-start", "s2-unforeseen"]
    assert (event.started_at, event.completed_at) == (at(0), at(116))


def test_what_was_learnt_within_the_window_and_heard_of_after_it_was_complete_within_it():
    study = learnt(a_study(policy=ONE_KIND, closes_at=at(15.5)), "common", "s1", 0)
    assert study.completed_at == at(15.5)
    assert recorded(study, StudyCompleted)[0].completed_at == at(15.5)


def test_nothing_can_be_entered_when_the_study_is_complete():
    extra = a_lesson("extra", kind=ELECTIVE)
    study = a_study(a_course(a_lesson(), a_lesson("special", kind=ELECTIVE), extra))
    learnt(learnt(study, "common", "s1", 0), "special", "s2", 100)
    with pytest.raises(StudyDone):
        study.enter("extra", at(200))


def test_every_compulsory_lesson_is_needed_even_when_fewer_fill_the_hours():
    study = a_study(a_course(a_lesson(), a_lesson("law")), policy=ONE_KIND)
    learnt(study, "common", "s1", 0)
    assert recorded(study, StudyCompleted) == []
    learnt(study, "law", "s2", 100)
    assert len(recorded(study, StudyCompleted)) == 1


def test_too_few_hours_do_not_complete_the_study():
    policy = replace(ONE_KIND, compulsory_hours=2)
    study = learnt(a_study(a_course(a_lesson()), policy=policy), "common", "s1", 0)
    assert recorded(study, StudyCompleted) == []


def test_a_lesson_that_completes_after_the_study_does_not_complete_it_again():
    extra = a_lesson("extra", kind=ELECTIVE, quiz=[a_question()])
    policy = replace(POLICY, compulsory_hours=0)
    study = a_study(a_course(a_lesson("special", kind=ELECTIVE), extra), policy=policy)
    learnt(learnt(study, "extra", "s1", 0), "special", "s2", 100)
    assert study.completed_at == at(116)
    study.answer_question("extra", "q1", right=True, now=at(200))
    assert study.lesson("extra").state is LessonState.COMPLETED
    assert study.completed_at == at(116)
    assert len(recorded(study, StudyCompleted)) == 1


def test_a_study_in_which_nothing_was_entered_is_not_complete():
    """Its quiz is answered, and the plan asks for no hours."""
    policy = replace(POLICY, compulsory_hours=0, elective_hours=0)
    study = a_study(a_course(a_lesson(quiz=[a_question()])), policy=policy)
    checks = [PassedCheck(check_id=moment, moment=moment) for moment in (START, UNFORESEEN)]
    study.lesson("common").absorb(15_000, checks)
    answer(study)
    assert (study.lesson("common").completed, study.completed_at) == (True, None)


# ---- hours ----


def test_hours_are_shown_by_kind():
    study = a_study()
    study.absorb(part_of(study, 3, "s1"), at(4))
    figures = {
        hours.kind.value: (hours.needed_ms, hours.earned_ms, hours.remaining_ms) for hours in study.hours()
    }
    assert figures == {"compulsory": (15_000, 3_000, 12_000), "elective": (15_000, 0, 15_000)}


def test_nothing_remains_of_a_kind_that_is_done_though_a_second_is_missing():
    study = a_study()
    checks = [PassedCheck(check_id=moment, moment=moment) for moment in (START, UNFORESEEN)]
    session = playing(study)
    session.covered_ms, session.checks = 14_000, checks
    study.absorb(session, at(14))
    compulsory = study.hours()[0]
    assert (compulsory.done, compulsory.earned_ms, compulsory.remaining_ms) == (True, 14_000, 0)
