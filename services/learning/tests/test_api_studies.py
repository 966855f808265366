"""What a learner sees: enrolments, hours, quiz and video."""

import pytest

from services.learning.tests.conftest import Desk, problem_of

CONTENT = bytes(range(256)) * 8


@pytest.fixture
def viewer(verified: Desk) -> Desk:
    """A learner whose lesson has its bytes in the bucket (1000 of them, as the course says)."""
    verified.runtime.videos.put("course/common", CONTENT[:1000])
    return verified


def test_a_learner_sees_own_enrolments_only(desk: Desk):
    mine = desk.client.get("/api/learning/enrollments", headers=desk.header).json()["enrollments"]
    assert [(study["enrollment_id"], study["verified"]) for study in mine] == [(desk.study.id, False)]


def test_verification_shows_at_once(desk: Desk):
    assert desk.get("").json()["verified"] is False
    desk.verify()
    assert desk.get("").json()["verified"] is True


def test_hours_are_shown_in_hours_and_milliseconds(desk: Desk):
    compulsory, elective = desk.get("").json()["hours"]
    assert compulsory == {
        "kind": "compulsory", "kind_zh": "通用知识必修", "done": False,
        "needed": {"ms": 15_000, "hours": 1.0}, "earned": {"ms": 0, "hours": 0.0},
        "remaining": {"ms": 15_000, "hours": 1.0},
    }  # fmt: skip
    assert elective["kind"] == "elective"


def test_lessons_are_shown_with_their_state(desk: Desk):
    lessons = desk.get("").json()["lessons"]
    assert [(lesson["lesson_id"], lesson["state_zh"], lesson["covered_ms"]) for lesson in lessons] == [
        ("common", "未学", 0), ("special", "未学", 0),
    ]  # fmt: skip


def test_a_lesson_entered_is_in_progress(verified: Desk):
    verified.enter()
    assert verified.get("").json()["lessons"][0]["state"] == "in_progress"


def test_what_the_session_that_goes_on_has_earned_shows_at_once(verified: Desk):
    session = verified.play()
    verified.wait(3)
    verified.report(session, 1, 0, 3)
    body = verified.get("").json()
    assert (body["lessons"][0]["covered_ms"], body["lessons"][0]["position_ms"]) == (3_000, 3_000)
    assert body["lessons"][0]["checks_passed"] == ["start"]
    assert body["hours"][0]["earned"]["ms"] == 3_000
    assert verified.studies.get(verified.study.id).lesson("common").covered_ms == 0


def test_a_question_answered_wrongly_is_answered_and_not_right(verified: Desk):
    verified.post("/lessons/common/quiz/answers", {"question_id": "q1", "option": 0})
    body = verified.get("/lessons/common/quiz").json()
    assert [(question["answered"], question["right"]) for question in body["questions"]] == [(True, False)]
    assert body["quiz_done"] is True
    lesson = verified.get("").json()["lessons"][0]
    assert (lesson["questions"], lesson["questions_answered"], lesson["questions_right"]) == (1, 1, 0)


def test_the_quiz_does_not_give_its_answers_away(verified: Desk):
    body = verified.get("/lessons/common/quiz").json()
    question = {"question_id": "q1", "prompt": "1 + 1 = ?", "options": ["1", "2", "3"]}
    assert body == {"questions": [question | {"answered": False, "right": False}], "quiz_done": False}


@pytest.mark.parametrize("path", ["/lessons/common/quiz", "/lessons/common/video"])
def test_content_is_closed_before_verification(desk: Desk, path: str):
    problem_of(desk.get(path), 403, "identity.unverified")


@pytest.mark.parametrize(("body", "status", "code"), [
    ({"question_id": "q9", "option": 1}, 404, "not_found"),
    ({"question_id": "q1", "option": 3}, 422, "quiz.option_unknown"),
    ({"question_id": "q1", "option": -1}, 422, "quiz.option_unknown"),
    ({"question_id": "q1"}, 422, "request.invalid"),
])  # fmt: skip
def test_an_impossible_answer_changes_nothing(verified: Desk, body: dict, status: int, code: str):
    before = verified.stored()
    problem_of(verified.post("/lessons/common/quiz/answers", body), status, code)
    assert verified.stored() == before


def test_a_video_is_sent_whole(viewer: Desk):
    answer = viewer.get("/lessons/common/video")
    assert (answer.status_code, answer.content) == (200, CONTENT[:1000])
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "video/mp4"


@pytest.mark.parametrize(("wanted", "first", "last"), [
    ("bytes=0-99", 0, 99), ("bytes=100-", 100, 999), ("bytes=-10", 990, 999),
    ("bytes=990-5000", 990, 999), ("bytes=-5000", 0, 999),
])  # fmt: skip
def test_a_range_is_sent_as_206(viewer: Desk, wanted: str, first: int, last: int):
    answer = viewer.get("/lessons/common/video", headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/1000"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.content == CONTENT[first : last + 1]


@pytest.mark.parametrize("wanted", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_outside_the_video_is_416(viewer: Desk, wanted: str):
    answer = viewer.get("/lessons/common/video", headers={"Range": wanted})
    problem_of(answer, 416, "range.unsatisfiable")
    assert answer.headers["content-range"] == "bytes */1000"


@pytest.mark.parametrize("wanted", ["bytes=9-1", "bytes=-", "bytes=0-1,5-6", "seconds=0-1", "bytes=a-b"])
def test_a_range_that_makes_no_sense_is_ignored(viewer: Desk, wanted: str):
    assert viewer.get("/lessons/common/video", headers={"Range": wanted}).status_code == 200


def test_a_range_of_another_version_is_ignored(viewer: Desk):
    stale = {"Range": "bytes=0-9", "If-Range": '"other"'}
    assert viewer.get("/lessons/common/video", headers=stale).status_code == 200
    fresh = {"Range": "bytes=0-9", "If-Range": viewer.get("/lessons/common/video").headers["etag"]}
    assert viewer.get("/lessons/common/video", headers=fresh).status_code == 206
