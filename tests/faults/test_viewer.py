"""Where the viewer goes on after what learning answers, against a learner whose answers are prepared."""

from random import Random
from types import SimpleNamespace

import httpx
import pytest

from testkit.actors.client import Refusal
from testkit.actors.player import Player
from tests.faults.viewer import Viewer, go_on


def a_refusal(code, **facts):
    request = httpx.Request("POST", "http://learning/reports")
    headers = {"content-type": "application/problem+json"}
    return Refusal(httpx.Response(409, json={"code": code, "facts": facts}, headers=headers, request=request))


class PreparedClient:
    """Answers with these, one after the other, and keeps what was sent."""

    def __init__(self, *answers):
        self.answers, self.sent = list(answers), []

    def post(self, path, body=None, **_):
        self.sent.append((path, body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def a_player(*answers):
    learner = SimpleNamespace(client=PreparedClient(*answers), enrollment_id="e1")
    return Player(learner, "lesson", session_id="s1", played_ms=5_000, position_ms=2_000, next_report=3)


def a_viewer(player, noted):
    def note(type_, **fields):
        noted.append((type_, fields))

    return Viewer(player.learner, None, 1.0, note, Random(1))


def an_answer(**changes):
    return {"credited_ms": 3_000, "next_report": 4, "position_ms": 5_000, "state": "playing"} | changes


def test_an_accepted_report_is_a_promise():
    player, noted = a_player(an_answer()), []
    assert a_viewer(player, noted)._send(player, 2_000, 5_000) == "playing"
    promised = {"session_id": "s1", "report": 3, "credited_ms": 3_000}
    assert noted == [("learning.playback.recorded.v1", promised)]


def test_a_refusal_says_where_to_go_on_and_promises_nothing():
    facts = {"next_report": 5, "position_ms": 4_000, "state": "playing"}
    player, noted = a_player(a_refusal("report.out_of_order", **facts)), []
    assert a_viewer(player, noted)._send(player, 2_000, 5_000) == "playing"
    assert (player.next_report, player.position_ms, player.played_ms) == (5, 4_000, 4_000)
    assert noted == []


def test_a_refusal_that_no_honest_player_meets_is_not_swallowed():
    player = a_player(a_refusal("report.impossible", next_report=3, position_ms=0, state="playing"))
    with pytest.raises(Refusal):
        a_viewer(player, [])._send(player, 2_000, 5_000)


def test_a_session_on_another_device_is_taken_over():
    entered = {"session_id": "s2", "report_period_s": 1, "next_report": 1, "position_ms": 0}
    player, noted = a_player(a_refusal("session.elsewhere"), entered), []
    a_viewer(player, noted)._enter(player)
    assert [body for _, body in player.learner.client.sent] == [{"take_over": False}, {"take_over": True}]
    assert noted == [("learning.lesson.entered.v1", {"session_id": "s2"})]


def test_what_a_refusal_says_is_taken_in():
    player = a_player()
    assert go_on(player, {"next_report": 9, "position_ms": 1_000, "state": "ended"}) == "ended"
    assert (player.next_report, player.position_ms) == (9, 1_000)
