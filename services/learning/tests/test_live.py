"""直播空间: staff announce, change and cancel; learners see what is to come in their courses (R27)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.learning.domain.course_errors import LiveInvalid, LiveOver
from services.learning.domain.live import LiveNotice, LiveSession
from services.learning.tests.builders import NOON
from services.learning.tests.conftest import Desk, problem_of

NOTICE = LiveNotice(
    title="答疑", lecturer="王老师", starts_at=NOON + timedelta(hours=1), minutes=90,
    link="https://live.example/1", specialty=None,
)  # fmt: skip


def announced() -> LiveSession:
    return LiveSession.announce("x", organisation="o", course_id="c", notice=NOTICE, now=NOON)


@pytest.mark.parametrize(("field", "value"), [
    ("minutes", 0), ("minutes", 601), ("starts_at", NOON), ("starts_at", NOON + timedelta(days=367)),
    ("link", "http://live.example"), ("link", "javascript:alert(1)"), ("link", "https://"), ("link", "https://["),
])  # fmt: skip
def test_a_notice_that_cannot_be_is_refused(field: str, value: Any):
    with pytest.raises(LiveInvalid) as refused:
        replace(NOTICE, **{field: value}).check(NOON)
    assert refused.value.details["field"] == field


def test_what_is_over_or_cancelled_stays_as_it_was():
    session = announced()
    with pytest.raises(LiveOver):
        session.edit(NOTICE, session.ends_at)
    session.cancel(NOON)
    session.cancel(session.ends_at)
    assert session.cancelled_at == NOON
    with pytest.raises(LiveOver):
        session.edit(NOTICE, NOON)


# ---- over HTTP ----


class Room:
    """Staff who announce, and a learner of the course."""

    def __init__(self, desk: Desk, sign: Any) -> None:
        self.desk, self.staff = desk, sign("organisation", org="武汉培训")
        self.other = sign("organisation", org="another")

    def send(self, method: str, path: str, json: Any = None, header: Any = None) -> Any:
        return self.desk.client.request(
            method, f"/api/learning{path}", json=json, headers=header or self.staff
        )

    def body(self, hours: float = 1, **changes: Any) -> dict[str, Any]:
        starts = (self.desk.now + timedelta(hours=hours)).isoformat()
        notice = {"title": "答疑", "lecturer": "王老师", "starts_at": starts, "minutes": 90}
        return notice | {"link": "https://live.example/1"} | changes

    def announce(self, hours: float = 1, header: Any = None, **changes: Any) -> Any:
        path = f"/courses/{self.desk.course.id}/live-sessions"
        return self.send("POST", path, self.body(hours, **changes), header)

    def upcoming(self) -> list[dict[str, Any]]:
        answer = self.send("GET", "/live-sessions", header=self.desk.header)
        found: list[dict[str, Any]] = answer.json()["live_sessions"]
        return found


@pytest.fixture
def room(verified: Desk, sign: Any) -> Room:
    return Room(verified, sign)


def test_a_learner_sees_what_is_to_come_the_next_first(room: Room):
    for hours in (5, 1):
        assert room.announce(hours, title=f"in {hours} h").status_code == 201
    assert [session["title"] for session in room.upcoming()] == ["in 1 h", "in 5 h"]
    room.desk.wait(3 * 3600)
    assert [session["title"] for session in room.upcoming()] == ["in 5 h"]


def test_a_notice_is_changed_and_cancelled(room: Room):
    id = room.announce().json()["live_session_id"]
    assert room.send("PUT", f"/live-sessions/{id}", room.body(2, title="改期")).json()["title"] == "改期"
    assert room.send("POST", f"/live-sessions/{id}/cancellation").json()["cancelled"] is True
    (shown,) = room.upcoming()
    assert (shown["title"], shown["cancelled"]) == ("改期", True)
    problem_of(room.send("PUT", f"/live-sessions/{id}", room.body(2)), 409, "live.over")


def test_a_notice_in_the_past_is_refused(room: Room):
    body = problem_of(room.announce(-1), 422, "live.invalid")
    assert body["facts"]["field"] == "starts_at"


def test_a_time_without_a_zone_is_refused(room: Room):
    problem_of(room.announce(starts_at="2026-12-01T10:00:00"), 422, "request.invalid")


def test_others_announce_and_see_nothing_here(room: Room, sign: Any):
    problem_of(room.announce(header=room.other), 404, "not_found")
    problem_of(room.announce(header=room.desk.header), 403, "role.forbidden")
    id = room.announce().json()["live_session_id"]
    problem_of(room.send("PUT", f"/live-sessions/{id}", room.body(), room.other), 404, "not_found")
    problem_of(room.send("POST", f"/live-sessions/{id}/cancellation", header=room.other), 404, "not_found")
    problem_of(
        room.send("GET", f"/courses/{room.desk.course.id}/live-sessions", header=room.other), 404, "not_found"
    )
    room.desk.header = sign("learner", person="another")
    problem_of(room.send("GET", "/live-sessions", header=room.desk.header), 403, "identity.unverified")


def test_staff_list_all_of_a_course(room: Room):
    room.announce()
    path = f"/courses/{room.desk.course.id}/live-sessions"
    assert len(room.send("GET", path).json()["live_sessions"]) == 1
    assert room.send("GET", path + "?page=2").json()["live_sessions"] == []
