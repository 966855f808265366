"""Enter, report, answer over HTTP, on real MongoDB."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.learning.tests.builders import START, UNFORESEEN, at, failed, passed, requested
from services.learning.tests.conftest import Desk, problem_of


@pytest.fixture
def player(verified: Desk) -> Desk:
    """A learner in a lesson that plays."""
    verified.session = verified.enter()
    happen(verified, "pass_check", passed("c1", verified.session, START), verified.now)
    return verified


def happen(desk: Desk, verb: str, *arguments) -> None:
    desk.studies.update(desk.study.id, lambda study: getattr(study, verb)(*arguments))


def test_entering_answers_a_session_that_awaits_its_check(verified: Desk):
    body = verified.post("/lessons/common/sessions").json()
    assert (body["state"], body["position_ms"], body["next_report"]) == ("awaiting_check", 0, 1)
    assert (body["report_period_s"], body["duration_ms"]) == (3, 15_000)
    assert verified.get(f"/sessions/{body['session_id']}").json() == body


def test_entering_publishes_the_fact(verified: Desk):
    verified.enter()
    (entry,) = verified.studies.rows.find_one({"_id": verified.study.id})["outbox"]
    assert entry["type"] == "learning.lesson.entered.v1"


def test_entering_unverified_is_refused(desk: Desk):
    before = desk.stored()
    problem_of(desk.post("/lessons/common/sessions"), 403, "identity.unverified")
    assert desk.stored() == before


def test_entering_an_expired_study_is_refused_and_ends_no_other_session(player: Desk):
    player.study = player.open_study(closes_at=at(0))
    player.url = f"/api/learning/enrollments/{player.study.id}"
    before = player.stored()
    problem_of(player.post("/lessons/common/sessions"), 409, "study.expired")
    assert player.stored() == before


def test_entering_an_unknown_lesson_is_not_found(verified: Desk):
    before = verified.stored()
    problem_of(verified.post("/lessons/nowhere/sessions"), 404, "not_found")
    assert verified.stored() == before


def test_entering_a_withdrawn_enrolment_is_refused(verified: Desk):
    verified.learners.update(verified.person, lambda learner: learner.withdraw(verified.study.id))
    problem_of(verified.post("/lessons/common/sessions"), 409, "study.closed")


def test_honest_reports_are_credited(player: Desk):
    player.wait(3)
    assert player.report(player.session, 1, 0, 3).json() == {
        "credited_ms": 3000, "covered_ms": 3000, "state": "playing", "refused": None,
    }  # fmt: skip
    body = player.get(f"/sessions/{player.session}").json()
    assert (body["state"], body["position_ms"], body["covered_ms"], body["next_report"]) == (
        "playing",
        3000,
        3000,
        2,
    )


def test_double_speed_and_seeking_ahead_earn_nothing(player: Desk):
    player.wait(3)
    answers = [player.report(player.session, 1, 0, 6), player.report(player.session, 2, 0, 3, rate=2)]
    answers.append(player.report(player.session, 3, 9, 9.5))
    assert [answer.json()["refused"] for answer in answers] == ["too_fast", "wrong_rate", "seek_ahead"]
    assert {answer.json()["credited_ms"] for answer in answers} == {0}


def test_a_report_before_the_check_changes_nothing(verified: Desk):
    session = verified.enter()
    before = verified.stored()
    problem_of(verified.report(session, 1, 0, 3), 409, "check.pending")
    assert verified.stored() == before


def test_a_report_during_an_unforeseen_check_changes_nothing(player: Desk):
    happen(player, "request_check", requested("c2", player.session))
    assert player.get(f"/sessions/{player.session}").json()["state"] == "awaiting_check"
    before = player.stored()
    problem_of(player.report(player.session, 1, 0, 3), 409, "check.pending")
    assert player.stored() == before


def test_a_report_out_of_order_changes_nothing_and_names_the_expected_one(player: Desk):
    before = player.stored()
    body = problem_of(player.report(player.session, 2, 0, 3), 409, "report.out_of_order")
    assert body["facts"] == {"expected": 1, "received": 2}
    assert player.stored() == before


def test_a_repeated_report_is_answered_the_same_and_changes_nothing(player: Desk):
    player.wait(3)
    first, before = player.report(player.session, 1, 0, 3), player.stored()
    player.wait(3)
    assert player.report(player.session, 1, 0, 3).json() == first.json()
    assert player.stored() == before


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 2), (0, 16)])
def test_an_impossible_report_changes_nothing(player: Desk, start: float, end: float):
    player.wait(30)
    before = player.stored()
    problem_of(player.report(player.session, 1, start, end), 422, "report.impossible")
    assert player.stored() == before


@pytest.mark.parametrize("body", [{}, {"report": 0, "from_ms": 0, "to_ms": 1, "rate": 1},
                                  {"report": 1, "from_ms": 0.5, "to_ms": 1, "rate": 1},
                                  {"report": 1, "from_ms": 0, "to_ms": 1, "rate": "fast"}])  # fmt: skip
def test_a_report_of_a_wrong_shape_changes_nothing(player: Desk, body: dict):
    before = player.stored()
    problem_of(player.post(f"/sessions/{player.session}/reports", body), 422, "request.invalid")
    assert player.stored() == before


def test_malformed_json_changes_nothing(player: Desk):
    before, url = player.stored(), f"{player.url}/sessions/{player.session}/reports"
    headers = player.header | {"Content-Type": "application/json"}
    problem_of(player.client.post(url, content=b'{"report": 1,', headers=headers), 400, "json.malformed")
    assert player.stored() == before


def test_an_oversize_report_is_refused(player: Desk):
    before = player.stored()
    answer = player.post(f"/sessions/{player.session}/reports", {"report": "9" * 70_000})
    problem_of(answer, 413, "body.too_large")
    assert player.stored() == before


def test_an_oversize_report_of_undeclared_length_is_refused(player: Desk):
    before, url = player.stored(), f"{player.url}/sessions/{player.session}/reports"
    headers = player.header | {"Content-Type": "application/json"}
    pieces = (b"9" * 1000 for _ in range(70))
    problem_of(player.client.post(url, content=pieces, headers=headers), 413, "body.too_large")
    assert player.stored() == before


def test_a_failed_check_pauses_and_ends_the_session(player: Desk):
    happen(player, "fail_check", failed("c2", player.session, UNFORESEEN))
    assert player.get(f"/sessions/{player.session}").json()["state"] == "paused"
    before = player.stored()
    problem_of(player.report(player.session, 1, 0, 3), 409, "session.ended")
    assert player.stored() == before


def test_entering_elsewhere_ends_the_session_in_another_enrolment(player: Desk):
    other = player.open_study()
    first, player.url = player.url, f"/api/learning/enrollments/{other.id}"
    player.enter()
    player.url = first
    assert player.get(f"/sessions/{player.session}").json()["state"] == "ended"
    player.wait(3)
    answer = player.report(player.session, 1, 0, 3).json()
    assert answer == {"credited_ms": 0, "covered_ms": 0, "state": "ended", "refused": "superseded"}
    problem_of(player.report(player.session, 2, 3, 6), 409, "session.ended")


def test_of_many_enterings_at_once_one_session_is_left_and_has_the_turn(verified: Desk):
    studies = [verified.study, verified.open_study()]
    urls = [f"/api/learning/enrollments/{study.id}/lessons/{lesson}/sessions" for study in studies
            for lesson in ("common", "special")] * 3  # fmt: skip
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda url: verified.client.post(url, headers=verified.header), urls))
    assert {answer.status_code for answer in answers} <= {201, 409}
    live = [
        study.sessions.live.id
        for study in map(verified.studies.get, [study.id for study in studies])
        if study.sessions.live
    ]
    assert live == [verified.learners.get(verified.person).turn.session_id]


def test_reports_sent_at_once_are_credited_once(player: Desk):
    player.wait(3)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: player.report(player.session, 1, 0, 3), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert [entry["type"] for entry in player.stored()[0]["outbox"]].count(
        "learning.playback.credited.v1"
    ) == 1


def test_a_lesson_completes_over_http(player: Desk):
    happen(player, "pass_check", passed("c2", player.session, UNFORESEEN), player.now)
    player.wait(15)
    player.report(player.session, 1, 0, 15)
    wrong = {"question_id": "q1", "option": 0}
    assert player.post("/lessons/common/quiz/answers", wrong).json() == {"correct": False, "quiz_done": False}
    right = {"question_id": "q1", "option": 1}
    assert player.post("/lessons/common/quiz/answers", right).json() == {"correct": True, "quiz_done": True}
    lesson = player.get("").json()["lessons"][0]
    assert (lesson["state"], lesson["state_zh"], lesson["covered"]) == ("completed", "学完", [[0, 15_000]])
    problem_of(player.post("/lessons/common/sessions"), 409, "lesson.completed")


# ---- whose it is ----

PATHS = [
    ("GET", ""),
    ("POST", "/lessons/common/sessions"),
    ("GET", "/sessions/{session}"),
    ("POST", "/sessions/{session}/reports"),
    ("GET", "/lessons/common/video"),
    ("GET", "/lessons/common/quiz"),
    ("POST", "/lessons/common/quiz/answers"),
]
BODY = {
    "reports": {"report": 1, "from_ms": 0, "to_ms": 1, "rate": 1},
    "answers": {"question_id": "q1", "option": 1},
}


def ask(desk: Desk, method: str, path: str, header: dict[str, str]):
    url = desk.url + path.format(session=desk.session)
    return desk.client.request(method, url, json=BODY.get(path.rsplit("/", 1)[-1]), headers=header)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_foreign_study_is_not_found(player: Desk, method: str, path: str):
    before = player.stored()
    problem_of(ask(player, method, path, player.sign("learner", person="other")), 404, "not_found")
    assert player.stored() == before


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_staff_and_strangers_are_turned_away(player: Desk, method: str, path: str):
    before = player.stored()
    problem_of(ask(player, method, path, player.sign("organisation", org="武汉培训")), 403, "role.forbidden")
    problem_of(ask(player, method, path, player.sign("learner")), 403, "role.forbidden")  # without a person
    problem_of(ask(player, method, path, {}), 401, "token.invalid")
    problem_of(
        ask(player, method, path, player.sign("learner", exp=0, person=player.person)),
        401,
        "token.invalid",
    )
    assert player.stored() == before


def test_a_session_of_another_study_is_not_found(player: Desk):
    player.url = f"/api/learning/enrollments/{player.open_study().id}"
    problem_of(player.report(player.session, 1, 0, 3), 404, "not_found")
