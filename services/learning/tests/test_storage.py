"""What is written is what is read, on real MongoDB."""

import secrets
from dataclasses import replace

import pytest

from services.learning.domain import Learner
from services.learning.storage import Courses, Learners, Studies
from services.learning.tests.builders import (
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_study,
    at,
    entered,
    passed,
    playing,
    report,
    requested,
)
from shared.events.terms import LessonKind


@pytest.fixture
def fresh(client) -> str:
    return secrets.token_hex(8)


def test_a_course_comes_back_as_it_was(fresh):
    course = Courses().add(a_course(a_lesson(quiz=[a_question()]), id=fresh))
    assert Courses().get(fresh) == course


def test_a_study_comes_back_as_it_was_with_sessions_spans_and_receipts(fresh):
    study = playing(a_study(a_course(a_lesson(quiz=[a_question()])), enrollment_id=fresh))
    study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    study.report("s1", report(2, 9, 10), has_turn=True, now=at(6.001))
    study.answer_question("common", "q1", right=True, now=at(7))
    entered(study, session="s2", turn=2, at_s=8)
    study.pass_check(passed("c3", "s2", UNFORESEEN), at(9))
    study.request_check(requested("c4", "s2"))
    Studies().add(study)
    assert Studies().get(fresh) == study


def test_a_study_of_a_course_that_offers_its_specialty_nothing_is_kept_too(fresh):
    roads = a_lesson("roads", kind=LessonKind.ELECTIVE, specialty="公路工程")
    study = Studies().add(a_study(a_course(roads), enrollment_id=fresh))
    assert Studies().get(fresh) == study
    assert study.lessons == []


@pytest.mark.parametrize("turn", [False, True])
def test_a_learner_comes_back_as_it_was(fresh, turn):
    learner = Learner(id=fresh, verified=True, withdrawn=["e9"])
    if turn:
        learner.take_turn("e1", "s1")
    Learners().add(learner)
    assert Learners().get(fresh) == learner


def test_the_events_leave_with_the_state(fresh):
    Studies().add(a_study(enrollment_id=fresh))
    Studies().update(fresh, lambda study: playing(study))
    Studies().update(fresh, lambda study: study.report("s1", report(1, 0, 3), has_turn=True, now=at(3)))
    row = Studies().rows.find_one({"_id": fresh})
    assert [entry["type"] for entry in row["outbox"]] == [
        "learning.lesson.entered.v1",
        "learning.playback.credited.v1",
    ]
    assert (row["version"], row["sequence"]) == (2, 2)


def test_studies_of_a_person_are_found_by_index(fresh):
    for number in range(3):
        Studies().add(replace(a_study(enrollment_id=f"{fresh}{number}"), person_id=fresh))
    assert len(Studies().of_person(fresh)) == 3
    plan = Studies().rows.find({"person_id": fresh}).explain()["queryPlanner"]["winningPlan"]
    assert plan["inputStage"]["indexName"] == "person"
