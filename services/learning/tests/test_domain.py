"""Courses, and who may enter a lesson when (R5, R9, R16, R22, R23)."""

from dataclasses import replace

import pytest

from services.learning.domain import Learner, Turn
from services.learning.domain.errors import (
    CourseEmpty,
    CourseFinal,
    CourseUnpublished,
    EnteredElsewhere,
    IdentityUnverified,
    OptionUnknown,
    QuestionInvalid,
    StudyClosed,
    StudyExpired,
)
from services.learning.tests.builders import (
    a_course,
    a_lesson,
    a_question,
    a_session,
    a_study,
    at,
    recorded,
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
        learner.take_turn(None, "study", "s1", at(0))
    assert (learner.turn, learner.entries.count) == (None, 0)
    learner.verify()
    learner.check_may_learn("study")


def test_nobody_enters_a_withdrawn_enrolment():
    learner = Learner(id="person", verified=True)
    for _ in range(2):
        learner.withdraw("study")
    assert learner.withdrawn == ["study"]
    with pytest.raises(StudyClosed):
        learner.take_turn(None, "study", "s1", at(0))
    assert learner.take_turn(None, "other", "s2", at(0)).number == 1


def test_a_turn_follows_the_one_that_was_seen_to_end():
    learner = Learner(id="person", verified=True)
    first = learner.take_turn(None, "study", "s1", at(0))
    assert first == learner.turn == Turn(number=1, enrollment_id="study", session_id="s1")
    second = learner.take_turn(first, "other", "s2", at(1))
    assert second == learner.turn == Turn(number=2, enrollment_id="other", session_id="s2")


@pytest.mark.parametrize("seen", [None, Turn(number=1, enrollment_id="study", session_id="s0")])
def test_who_was_overtaken_takes_no_turn(seen):
    learner = Learner(id="person", verified=True)
    turn = learner.take_turn(None, "study", "s1", at(0))
    with pytest.raises(EnteredElsewhere):
        learner.take_turn(seen, "study", "s2", at(1))
    assert (learner.turn, learner.entries.count) == (turn, 1)


def test_entering_tells_what_proctor_needs_to_draw_checks():
    (event,) = recorded(a_session(), LessonEntered)
    assert (event.duration_ms, event.covered_ms, event.unforeseen_check_passed) == (15_000, 0, False)
    assert (event.check_deadline_s, event.check_attempts, event.cooldown_s) == (60, 3, 600)


def test_entering_is_kept_in_the_study():
    study = a_study()
    study.enter("special", at(1))
    study.enter("common", at(2))
    assert (study.last_lesson_id, study.started_at) == ("common", at(1))
    assert [lesson.entered for lesson in study.lessons] == [True, True]


def test_an_unknown_lesson_is_not_found():
    with pytest.raises(NotFound):
        a_study().enter("nowhere", at(0))


def test_the_window_is_open_until_the_moment_it_closes():
    study = a_study(closes_at=at(10))
    study.check_may_enter("common", at(9.999))
    with pytest.raises(StudyExpired) as refused:
        study.enter("common", at(10))
    assert refused.value.details == {"closed_at": at(10)}
    assert study.started_at is None
