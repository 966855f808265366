"""Enter, report, answer over HTTP, on real MongoDB."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.learning.domain import RefusalReason, SessionState
from services.learning.tests.builders import UNFORESEEN, at
from services.learning.tests.conftest import Desk, problem_of
from shared.events.learning import Ending


@pytest.fixture
def player(verified: Desk) -> Desk:
    """A learner in a lesson that plays, up to 12 s of 15."""
    verified.session = verified.play()
    return verified


# ---- entering ----


def test_entering_answers_a_session_that_awaits_its_check(verified: Desk):
    body = verified.post("/lessons/common/sessions").json()
    assert (body["state"], body["ending"]) == ("awaiting_check", None)
    assert (body["position_ms"], body["covered_ms"], body["next_report"]) == (0, 0, 1)
    assert (body["report_period_s"], body["silence_s"], body["duration_ms"]) == (3, 60, 15_000)
    assert verified.get(f"/sessions/{body['session_id']}").json() == body


def test_entering_publishes_the_fact(verified: Desk):
    (event,) = verified.events(verified.enter())
    assert (event["type"], event["lesson_id"]) == ("learning.lesson.entered.v1", "common")


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


def test_entering_again_finds_the_same_session_and_its_pending_check(verified: Desk):
    session, before = verified.enter(), verified.stored()
    assert [verified.enter() for _ in range(5)] == [session] * 5
    assert verified.stored() == before


def test_a_reload_goes_on_where_the_last_report_left_it(player: Desk):
    player.wait(3)
    player.report(player.session, 1, 0, 3)
    body = player.post("/lessons/common/sessions").json()
    assert (body["session_id"], body["state"]) == (player.session, "playing")
    assert (body["position_ms"], body["next_report"]) == (3_000, 2)


def test_another_login_is_asked_before_the_session_is_taken_from_the_first(player: Desk):
    before, player.header = player.stored(), player.login("desktop")
    body = problem_of(player.post("/lessons/common/sessions"), 409, "session.elsewhere")
    assert body["facts"]["lesson_id"] == "common"
    problem_of(player.post("/lessons/common/sessions", {"take_over": False}), 409, "session.elsewhere")
    assert player.stored() == before
    taken = player.enter(take_over=True)
    assert taken != player.session
    assert player.sessions.get(player.session).ending is Ending.SUPERSEDED


def test_a_session_of_another_login_that_has_ended_needs_no_taking_over(player: Desk):
    player.wait(61)
    player.header = player.login("desktop")
    assert player.enter() != player.session
    assert player.sessions.get(player.session).ending is Ending.SILENT


def test_the_same_login_goes_on_to_another_lesson_without_being_asked(player: Desk):
    player.wait(3)
    player.report(player.session, 1, 0, 3)
    player.enter("special")
    assert player.sessions.get(player.session).ending is Ending.SUPERSEDED
    assert player.studies.get(player.study.id).lesson("common").covered_ms == 3_000


def test_entering_elsewhere_ends_the_session_in_another_enrolment(player: Desk):
    other = player.open_study()
    first, player.url = player.url, f"/api/learning/enrollments/{other.id}"
    player.enter()
    player.url = first
    assert player.get(f"/sessions/{player.session}").json()["state"] == "ended"
    player.wait(3)
    problem_of(player.report(player.session, 1, 0, 3), 409, "session.ended")
    assert player.sessions.get(player.session).covered_ms == 0


def test_entering_has_a_limit_of_sixty_an_hour(verified: Desk):
    for lesson in ("common", "special") * 30:
        verified.enter(lesson)
    before = verified.stored()
    answer = verified.post("/lessons/common/sessions")
    body = problem_of(answer, 429, "session.too_many")
    assert (body["facts"], answer.headers["retry-after"]) == ({"most": 60, "retry_after_s": 3600}, "3600")
    assert verified.stored() == before
    verified.wait(3_600)
    verified.enter()


def test_of_many_enterings_at_once_one_session_is_left_and_has_the_turn(verified: Desk):
    studies = [verified.study, verified.open_study()]
    urls = [f"/api/learning/enrollments/{study.id}/lessons/{lesson}/sessions" for study in studies
            for lesson in ("common", "special")] * 3  # fmt: skip
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda url: verified.client.post(url, headers=verified.header), urls))
    assert {answer.status_code for answer in answers} <= {201, 409}
    sessions = verified.sessions.each(person_id=verified.person)
    live = [session.id for session in sessions if session.state is not SessionState.ENDED]
    assert live == [verified.learners.get(verified.person).turn.session_id]


def test_a_broken_body_of_an_entry_changes_nothing(verified: Desk):
    before = verified.stored()
    for body in ({"take_over": "perhaps"}, {"unknown": True}, []):
        problem_of(verified.post("/lessons/common/sessions", body), 422, "request.invalid")
    assert verified.stored() == before


# ---- whose turn it is ----


def playing_now(desk: Desk) -> dict:
    return desk.client.get("/api/learning/playing", headers=desk.header).json()


def test_whose_turn_it_is_can_be_asked_from_any_device(player: Desk):
    assert (playing_now(player)["session"]["session_id"], playing_now(player)["mine"]) == (
        player.session,
        True,
    )
    player.header = player.login("desktop")
    body = playing_now(player)
    assert (body["session"]["session_id"], body["session"]["lesson_id"]) == (player.session, "common")
    assert body["mine"] is False


def test_nobody_plays_before_the_first_session_nor_after_its_end(verified: Desk):
    assert playing_now(verified) == {"session": None, "mine": False}
    verified.play()
    verified.wait(61)
    assert playing_now(verified) == {"session": None, "mine": False}


# ---- reports ----


def test_honest_reports_are_credited(player: Desk):
    player.wait(3)
    assert player.report(player.session, 1, 0, 3).json() == {
        "credited_ms": 3000, "pending_ms": 0, "covered_ms": 3000, "position_ms": 3000, "next_report": 2,
        "state": "playing",
    }  # fmt: skip
    body = player.get(f"/sessions/{player.session}").json()
    assert (body["state"], body["position_ms"], body["next_report"]) == ("playing", 3000, 2)


def test_what_is_pending_is_claimed_again(player: Desk):
    player.wait(3)
    body = player.report(player.session, 1, 0, 4).json()
    assert (body["credited_ms"], body["pending_ms"], body["position_ms"]) == (3_000, 1_000, 3_000)
    player.wait(3)
    assert player.report(player.session, 2, 3, 6).json()["pending_ms"] == 0


def test_a_report_that_reaches_the_lease_says_that_a_check_is_due(player: Desk):
    player.wait(15)
    body = player.report(player.session, 1, 0, 15).json()
    assert (body["state"], body["covered_ms"], body["pending_ms"]) == ("awaiting_check", 12_000, 3_000)
    types = [event["type"] for event in player.events(player.session)]
    assert types[1:] == ["learning.playback.recorded.v1", "learning.check.due.v1"]


def refused_reports(player: Desk):
    """Each reason with what provokes it after 3 s of which nothing was reported."""
    player.wait(3)
    return {
        "out_of_order": (2, 0, 3, 1),
        "impossible": (1, 3, 2, 1),
        "wrong_rate": (1, 0, 3, 2),
        "seek_ahead": (1, 3, 6, 1),
    }


REFUSED = {"out_of_order": 409, "impossible": 422, "wrong_rate": 409, "seek_ahead": 409}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_refused_report_is_recorded_and_changes_nothing_else(player: Desk, reason: str):
    number, start, end, rate = refused_reports(player)[reason]
    before = player.sessions.get(player.session)
    answer = player.report(player.session, number, start, end, rate)
    body = problem_of(answer, REFUSED[reason], f"report.{reason}")
    assert body["facts"] == {"next_report": 1, "position_ms": 0, "covered_ms": 0, "state": "playing"}
    after = player.sessions.get(player.session)
    (noted,) = after.batch.reports
    assert (noted.refusal, noted.number, noted.received_at) == (reason, number, player.now)
    after.batch, after.version = before.batch, before.version
    assert after == before


def test_a_claim_far_beyond_the_time_that_passed_is_refused(verified: Desk):
    long = verified.open_study()
    verified.studies.update(long.id, lambda study: setattr(study.lesson("common"), "duration_ms", 2_700_000))
    verified.url = f"/api/learning/enrollments/{long.id}"
    session = verified.play(lease_s=2_700)
    verified.wait(3)
    problem_of(verified.report(session, 1, 0, 63.001), 409, "report.too_fast")
    assert verified.report(session, 1, 0, 63).json()["credited_ms"] == 3_000


def test_a_report_while_a_check_is_pending_is_refused_and_recorded(verified: Desk):
    session = verified.enter()
    body = problem_of(verified.report(session, 1, 0, 3), 409, "check.pending")
    assert body["facts"]["state"] == "awaiting_check"
    assert verified.sessions.get(session).batch.reports[0].refusal == RefusalReason.CHECK_PENDING


def test_a_report_after_silence_ends_the_session_and_is_recorded(player: Desk):
    player.wait(60.001)
    body = problem_of(player.report(player.session, 1, 0, 15), 409, "session.silent")
    assert (body["facts"]["state"], body["facts"]["covered_ms"]) == ("ended", 0)
    problem_of(player.report(player.session, 1, 0, 15), 409, "session.silent")
    batches = [event for event in player.events(player.session) if "playback" in event["type"]]
    assert [[record["refusal"] for record in batch["reports"]] for batch in batches] == [["silent"]]


def test_a_report_after_the_window_is_refused(player: Desk):
    player.sessions.update(player.session, lambda session: setattr(session, "closes_at", at(10)))
    player.wait(10)
    problem_of(player.report(player.session, 1, 0, 3), 409, "study.expired")
    assert player.sessions.get(player.session).ending is Ending.WINDOW_CLOSED


def test_a_report_after_a_failed_check_is_refused(player: Desk):
    player.sessions.update(player.session, lambda session: session.end(Ending.CHECK_FAILED, player.now, "c2"))
    assert player.get(f"/sessions/{player.session}").json()["ending"] == "check_failed"
    problem_of(player.report(player.session, 1, 0, 3), 409, "session.ended")


def test_refusals_are_bounded(player: Desk):
    for number in range(2, 42):
        player.report(player.session, number, 0, 3)
    batch = player.sessions.get(player.session).batch
    assert (len(batch.reports), batch.refusals_left_out) == (20, 20)


def test_a_repeated_report_is_answered_the_same_and_changes_nothing(player: Desk):
    player.wait(3)
    first, before = player.report(player.session, 1, 0, 3), player.stored()
    player.wait(3)
    assert player.report(player.session, 1, 0, 3).json() == first.json()
    assert player.stored() == before


@pytest.mark.parametrize("body", [{}, {"report": 0, "from_ms": 0, "to_ms": 1, "rate": 1},
                                  {"report": 1, "from_ms": 0.5, "to_ms": 1, "rate": 1},
                                  {"report": 1, "from_ms": 0, "to_ms": 1 << 70, "rate": 1},
                                  {"report": 1 << 70, "from_ms": 0, "to_ms": 1, "rate": 1},
                                  {"report": 1, "from_ms": 0, "to_ms": 1, "rate": "fast"},
                                  {"report": 1, "from_ms": 0, "to_ms": 1, "rate": 0},
                                  {"report": 1, "from_ms": 0, "to_ms": 1, "rate": 1, "at": 3}])  # fmt: skip
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


def test_reports_sent_at_once_are_credited_once(player: Desk):
    player.wait(3)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: player.report(player.session, 1, 0, 3), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert [record.credited_ms for record in player.sessions.get(player.session).batch.reports] == [3_000]


def test_different_reports_of_the_same_number_sent_at_once_are_credited_once(player: Desk):
    player.wait(3)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: player.report(player.session, 1, 0, 2 + n / 10), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    session = player.sessions.get(player.session)
    assert (session.reports, session.batch.anchored_at) == (1, at(0))
    assert sum(record.paid_ms for record in session.batch.reports) == session.covered_ms <= 3_000


def test_a_lesson_completes_over_http(player: Desk):
    player.wait(12)
    assert player.report(player.session, 1, 0, 12).json()["state"] == "awaiting_check"
    player.pass_check(player.session, UNFORESEEN, 15)
    player.wait(3)
    assert player.report(player.session, 2, 12, 15).json()["state"] == "ended"
    wrong = {"question_id": "q1", "option": 0}
    assert player.post("/lessons/common/quiz/answers", wrong).json() == {"correct": False, "quiz_done": True}
    problem_of(player.post("/lessons/common/sessions"), 409, "lesson.completed")
    lesson = player.get("").json()["lessons"][0]
    assert (lesson["state"], lesson["state_zh"], lesson["covered_ms"]) == ("completed", "学完", 15_000)


def test_answering_has_a_limit_of_120_a_minute(player: Desk):
    answer = {"question_id": "q1", "option": 1}
    for _ in range(120):
        assert player.post("/lessons/common/quiz/answers", answer).status_code == 200
    before = player.stored()
    refused = player.post("/lessons/common/quiz/answers", answer)
    problem_of(refused, 429, "quiz.too_many")
    assert refused.headers["retry-after"] == "60"
    assert player.stored() == before
    player.wait(60)
    assert player.post("/lessons/common/quiz/answers", answer).status_code == 200


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
