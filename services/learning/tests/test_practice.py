"""题库练习: draw, answer, learn why; hours are not touched (R27)."""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.domain.course_errors import PracticeEmpty
from services.learning.domain.errors import OptionUnknown, QuestionInvalid
from services.learning.domain.practice import MAX_PRACTICES, Practice, PracticeQuestion
from services.learning.tests.builders import NOON
from services.learning.tests.conftest import Desk, problem_of
from shared.domain.errors import NotFound

BODY = {"prompt": "1 + 1 = ?", "options": ["1", "2", "3"], "answer": 1, "explanation": "因为 1 + 1 = 2"}


def a_question(id: str = "q1", **changes: Any) -> PracticeQuestion:
    question = PracticeQuestion(
        id=id, organisation="o", course_id="c", key=id, specialty="土木建筑", prompt="?", options=["1", "2"],
        answer=1, explanation="because",
    )  # fmt: skip
    return replace(question, **changes)


def a_practice(*questions: PracticeQuestion) -> Practice:
    whose = {"person_id": "p", "enrollment_id": "e", "course_id": "c"}
    return Practice.start("x", questions=questions or [a_question()], now=NOON, **whose)


def test_a_practice_without_questions_is_refused():
    with pytest.raises(PracticeEmpty):
        Practice.start("x", person_id="p", enrollment_id="e", course_id="c", questions=[], now=NOON)


@given(options=st.lists(st.integers(0, 1), min_size=1, max_size=5))
def test_the_first_answer_counts(options: list[int]):
    practice = a_practice()
    answers = [practice.answer("q1", option) for option in options]
    assert {item.chosen for item in answers} == {options[0]}
    assert practice.items[0].right is (options[0] == 1)


@pytest.mark.parametrize("option", [-1, 2])
def test_an_option_that_is_none_is_refused(option: int):
    practice = a_practice()
    with pytest.raises(OptionUnknown):
        practice.answer("q1", option)
    assert practice.items[0].chosen is None


def test_an_unknown_question_is_not_found():
    with pytest.raises(NotFound):
        a_practice().answer("other", 0)


@pytest.mark.parametrize("changes", [{"answer": 2}, {"answer": -1}, {"options": ["1"], "answer": 0}])
def test_a_question_whose_answer_is_no_option_is_refused(changes: dict[str, Any]):
    with pytest.raises(QuestionInvalid):
        a_question(**changes).check()


# ---- over HTTP ----


class Room:
    """A course's bank, as its staff fill it, and a learner who practises."""

    def __init__(self, desk: Desk, sign: Any) -> None:
        self.desk, self.staff = desk, sign("organisation", org="武汉培训")
        self.other = sign("organisation", org="another")

    def put(self, key: str, header: Any = None, **changes: Any) -> Any:
        path = f"/api/learning/courses/{self.desk.course.id}/practice-questions/{key}"
        return self.desk.client.put(path, json=BODY | changes, headers=header or self.staff)

    def bank(self, header: Any = None) -> Any:
        path = f"/api/learning/courses/{self.desk.course.id}/practice-questions"
        return self.desk.client.get(path, headers=header or self.staff)

    def start(self, **wanted: Any) -> Any:
        return self.desk.post("/practices", wanted)

    def answer(self, practice: str, question: str, option: int) -> Any:
        return self.desk.post(f"/practices/{practice}/answers", {"question_id": question, "option": option})


@pytest.fixture
def room(verified: Desk, sign: Any) -> Room:
    return Room(verified, sign)


def test_a_learner_practises_and_sees_what_is_right(room: Room):
    room.put("a")
    before = room.desk.stored()
    answer = room.start(count=5)
    assert answer.status_code == 201, answer.text
    practice = answer.json()
    (question,) = practice["questions"]
    assert (question["right_option"], question["explanation"]) == (None, None)
    result = room.answer(practice["practice_id"], question["question_id"], 0).json()
    assert (result["correct"], result["right_option"], result["explanation"]) == (
        False,
        1,
        BODY["explanation"],
    )
    assert room.answer(practice["practice_id"], question["question_id"], 1).json() == result
    assert room.desk.stored() == before  # hours are not touched


def test_questions_are_drawn_at_random_each_once(room: Room):
    for number in range(20):
        room.put(f"q{number}")
    drawn = [room.start(count=10).json()["questions"] for _ in range(5)]
    ids = [[question["question_id"] for question in questions] for questions in drawn]
    assert all(len(set(practice)) == 10 for practice in ids)
    assert len({tuple(practice) for practice in ids}) > 1


def test_a_specialty_can_be_practised(room: Room):
    room.put("a", specialty="安装工程")
    room.put("b")
    questions = room.start(specialty="安装工程").json()["questions"]
    assert [question["specialty"] for question in questions] == ["安装工程"]
    problem_of(room.start(specialty="公路工程"), 409, "practice.empty")


def test_statistics_count_first_answers_by_specialty(room: Room):
    room.put("a", specialty="安装工程")
    room.put("b")
    practice = room.start().json()
    for question in practice["questions"]:
        room.answer(
            practice["practice_id"], question["question_id"], int(question["specialty"] == "安装工程")
        )
    statistics = room.desk.get("/practice-statistics").json()
    assert (statistics["practices"], statistics["answered"], statistics["correct"]) == (1, 2, 1)
    assert {row["specialty"]: row["correct"] for row in statistics["specialties"]} == {
        "安装工程": 1,
        "土木建筑": 0,
    }
    (listed,) = room.desk.get("/practices").json()["practices"]
    assert (listed["practice_id"], listed["answered"]) == (practice["practice_id"], 2)


def test_putting_a_question_again_changes_it_and_leaves_what_was_drawn(room: Room):
    first = room.put("a").json()
    practice = room.start().json()
    again = room.put("a", prompt="2 + 2 = ?", answer=2).json()
    assert (again["question_id"], again["prompt"]) == (first["question_id"], "2 + 2 = ?")
    shown = room.desk.get(f"/practices/{practice['practice_id']}").json()
    assert shown["questions"][0]["prompt"] == BODY["prompt"]
    assert len(room.bank().json()["questions"]) == 1


def test_a_retired_question_is_not_drawn(room: Room):
    id = room.put("a").json()["question_id"]
    path = f"/api/learning/courses/{room.desk.course.id}/practice-questions/{id}"
    problem_of(room.desk.client.delete(path, headers=room.other), 404, "not_found")
    assert room.desk.client.delete(path, headers=room.staff).status_code == 204
    problem_of(room.start(), 409, "practice.empty")


def test_so_many_practices_a_day_are_enough(room: Room):
    room.put("a")
    id = room.start().json()["practice_id"]
    practice = room.desk.runtime.practices.get(id)
    for _ in range(MAX_PRACTICES - 1):
        room.desk.runtime.practices.add(replace(practice, id=secrets.token_hex(8), version=0))
    answer = room.start()
    problem_of(answer, 429, "practice.limit")
    assert answer.headers["retry-after"] == "3600"
    room.desk.now += timedelta(days=1, seconds=1)
    assert room.start().status_code == 201


def test_practising_needs_a_verified_identity(desk: Desk, sign: Any):
    problem_of(Room(desk, sign).start(), 403, "identity.unverified")


def test_the_bank_is_the_organisations(room: Room):
    problem_of(room.put("a", room.other), 404, "not_found")
    problem_of(room.bank(room.other), 404, "not_found")
    problem_of(room.put("a", room.desk.header), 403, "role.forbidden")
    problem_of(room.put("a", answer=3), 422, "quiz.question_invalid")


def test_the_practices_of_another_learner_are_not_found(room: Room, sign: Any):
    room.put("a")
    practice = room.start().json()
    room.desk.header = sign("learner", person="another")
    problem_of(room.desk.get(f"/practices/{practice['practice_id']}"), 404, "not_found")
    problem_of(room.desk.get("/practice-statistics"), 404, "not_found")
    problem_of(room.desk.get("/practices"), 404, "not_found")
    problem_of(room.start(), 404, "not_found")
