"""Courses, and who may enter a lesson when (R5, R9, R16, R22, R23)."""

from dataclasses import replace

import pytest

from services.learning.domain import Learner, SessionState, Turn
from services.learning.domain.errors import (
    CourseEmpty,
    CourseFinal,
    CourseUnpublished,
    IdentityUnverified,
    OptionUnknown,
    QuestionInvalid,
    SessionOver,
    StudyClosed,
    StudyExpired,
)
from services.learning.tests.builders import (
    a_course,
    a_lesson,
    a_question,
    a_study,
    at,
    entered,
    playing,
    recorded,
    report,
)
from shared.domain.errors import NotFound
from shared.events.learning import (
    CoursePublished,
    LessonEntered,
)
from shared.events.terms import LessonKind

ELECTIVE = LessonKind.ELECTIVE


# ---- courses ----


def test_a_published_course_names_its_lessons():
    (event,) = a_course().events
    assert isinstance(event, CoursePublished)
    assert [(lesson.lesson_id, lesson.duration_ms) for lesson in event.lessons] == [
        ("common", 15_000),
        ("special", 15_000),
    ]


def test_publishing_twice_publishes_once():
    course = a_course()
    course.publish()
    assert len(course.events) == 1


def test_an_empty_course_cannot_be_published():
    with pytest.raises(CourseEmpty):
        replace(a_course(published=False), lessons=[]).publish()


def test_a_published_course_takes_no_lesson():
    course = a_course()
    with pytest.raises(CourseFinal):
        course.add_lesson(a_lesson("late"))
    assert len(course.lessons) == 2


@pytest.mark.parametrize("changes", [{"answer": 3}, {"answer": -1}, {"options": ["1"], "answer": 0}])
def test_a_question_needs_its_answer_among_its_options(changes):
    with pytest.raises(QuestionInvalid):
        a_course(a_lesson(quiz=[a_question(**changes)]))


@pytest.mark.parametrize("option", [-1, 3])
def test_an_option_that_does_not_exist_is_refused(option):
    with pytest.raises(OptionUnknown):
        a_question().is_right(option)


def test_electives_of_another_specialty_are_left_out():
    other = a_lesson("roads", kind=ELECTIVE, specialty="公路工程")
    common = a_lesson("law", specialty="公路工程")
    study = a_study(a_course(other, common, a_lesson("special", kind=ELECTIVE)))
    assert [lesson.lesson_id for lesson in study.lessons] == ["law", "special"]


def test_learning_does_not_open_with_a_draft():
    with pytest.raises(CourseUnpublished):
        a_study(a_course(published=False))


# ---- who may enter, and when ----


def test_nobody_enters_before_identity_is_verified():
    learner = Learner(id="person")
    with pytest.raises(IdentityUnverified):
        learner.take_turn("study", "s1")
    assert learner.turn is None


def test_nobody_enters_a_withdrawn_enrolment():
    learner = Learner(id="person", verified=True)
    learner.withdraw("study")
    with pytest.raises(StudyClosed):
        learner.take_turn("study", "s1")
    assert learner.take_turn("other", "s2")[1].number == 1


def test_a_turn_ends_with_the_next_one_in_any_enrolment():
    learner = Learner(id="person", verified=True)
    learner.take_turn("study", "s1")
    before, now = learner.take_turn("other", "s2")
    assert before == Turn(number=1, enrollment_id="study", session_id="s1")
    assert now.number == 2
    assert (learner.has_turn("s1"), learner.has_turn("s2")) == (False, True)


def test_a_turn_ends_when_its_enrolment_is_withdrawn():
    learner = Learner(id="person", verified=True)
    learner.take_turn("study", "s1")
    learner.withdraw("study")
    assert not learner.has_turn("s1")


def test_entering_tells_what_proctor_needs_to_draw_checks():
    (event,) = recorded(entered(a_study()), LessonEntered)
    assert (event.duration_ms, event.covered_ms, event.unforeseen_check_passed) == (15_000, 0, False)
    assert (event.check_deadline_s, event.check_attempts, event.cooldown_s) == (60, 3, 600)


def test_an_unknown_lesson_is_not_found():
    with pytest.raises(NotFound):
        entered(a_study(), "nowhere")


def test_the_window_is_open_until_the_moment_it_closes():
    study = a_study(closes_at=at(10))
    study.check_may_enter("common", at(9.999))
    with pytest.raises(StudyExpired):
        study.check_may_enter("common", at(10))


def test_nothing_is_credited_after_the_window():
    study = playing(a_study(closes_at=at(10)))
    with pytest.raises(StudyExpired):
        study.report("s1", report(1, 0, 3), has_turn=True, now=at(10))
    assert study.lesson("common").covered_ms == 0


def test_entering_again_ends_the_session_before():
    study = entered(playing(), "special", "s2", turn=2, at_s=5)
    assert study.sessions.state_of("s1") is SessionState.ENDED
    assert study.sessions.state_of("s2") is SessionState.AWAITING_CHECK


def test_an_earlier_turn_that_comes_late_does_not_displace_a_later_one():
    study = entered(a_study(), session="s2", turn=2)
    with pytest.raises(SessionOver):
        entered(study, session="s1", turn=1)
    assert study.sessions.live.id == "s2"
