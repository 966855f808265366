"""One session of a person at a time, in two writes without a transaction (R23), on real MongoDB."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.learning.api import app
from services.learning.api.dependencies import current_time
from services.learning.application.playback import Playback
from services.learning.domain import RefusalReason, ReportOutcome
from services.learning.domain.errors import SessionOver
from services.learning.storage import Learners
from services.learning.tests.builders import START, passed, report
from services.learning.tests.commands import CommandLog
from services.learning.tests.conftest import Desk


class BusyLearners(Learners):
    """Right after the turn was looked up ("of") or taken ("update"), something happens; once."""

    def __init__(self, after: str, happen: Callable[[], object]) -> None:
        super().__init__()
        self._happenings = {after: happen}

    def of(self, person_id: str) -> Any:
        learner = super().of(person_id)
        self._happenings.pop("of", lambda: None)()
        return learner

    def update(self, *arguments: Any, **options: Any) -> Any:
        answer = super().update(*arguments, **options)
        self._happenings.pop("update", lambda: None)()
        return answer


@pytest.fixture
def player(verified: Desk) -> Desk:
    """A learner in a lesson that plays, with another study to go to."""
    verified.session = play(verified, verified.study.id)
    verified.other = verified.open_study()
    return verified


def enter(desk: Desk, enrollment_id: str, playback: Playback | None = None) -> str:
    playback = playback or desk.runtime.playback
    return playback.enter(enrollment_id, "common", person_id=desk.person, now=desk.now)[1]


def play(desk: Desk, enrollment_id: str) -> str:
    """A new session that has passed its start check."""
    session = enter(desk, enrollment_id)
    check = passed(f"{session}-start", session, START, enrollment_id)
    desk.studies.update(enrollment_id, lambda study: study.pass_check(check, desk.now))
    return session


def send(
    desk: Desk, enrollment_id: str, session: str, number: int, playback: Playback | None = None
) -> ReportOutcome:
    """The n-th report of a session: three seconds, by now."""
    played = report(number, 3 * number - 3, 3 * number)
    playback = playback or desk.runtime.playback
    return playback.report(enrollment_id, session, played, person_id=desk.person, now=desk.now)


def crossed(desk: Desk, after: str, happen: Callable[[], object]) -> Playback:
    """A player's request in which this happens after that look at the turn."""
    return replace(desk.runtime.playback, learners=BusyLearners(after, happen))


def die_entering(desk: Desk, enrollment_id: str) -> None:
    """A process takes the turn, and is killed before it ends and begins a session."""
    desk.learners.update(desk.person, lambda learner: learner.take_turn(enrollment_id, "never-entered"))


def credits(desk: Desk, enrollment_id: str) -> list[dict[str, Any]]:
    outbox = desk.studies.rows.find_one({"_id": enrollment_id})["outbox"]
    return [
        json.loads(entry["body"])["data"]
        for entry in outbox
        if entry["type"].endswith("playback.credited.v1")
    ]


# ---- what a request costs ----


def test_a_report_is_two_reads_and_one_write(player: Desk, commands: CommandLog):
    player.wait(3)
    with commands.recording() as sent:
        assert player.report(player.session, 1, 0, 3).json()["credited_ms"] == 3000
    assert sent == ["find learners", "find studies", "update studies"]


def test_a_repeated_report_is_two_reads(player: Desk, commands: CommandLog):
    player.wait(3)
    player.report(player.session, 1, 0, 3)
    with commands.recording() as sent:
        assert player.report(player.session, 1, 0, 3).json()["credited_ms"] == 3000
    assert sent == ["find learners", "find studies"]


def test_an_answer_reads_its_study_once(player: Desk, commands: CommandLog):
    with commands.recording() as sent:
        player.post("/lessons/common/quiz/answers", {"question_id": "q1", "option": 1})
    assert sent == ["find learners", "find studies", "find courses", "update studies"]


def test_a_report_takes_its_time_before_anything_is_read(player: Desk, commands: CommandLog):
    moments: list[list[str]] = []
    with commands.recording() as sent:
        app.dependency_overrides[current_time] = lambda: moments.append([*sent]) or player.wait(3)
        player.report(player.session, 1, 0, 3)
    assert moments == [[]]
    assert sent


# ---- what comes between ----


def test_a_report_that_crosses_an_entering_elsewhere_is_superseded(player: Desk):
    player.wait(3)
    crossing = crossed(player, "of", lambda: play(player, player.other.id))
    outcome = send(player, player.study.id, player.session, 1, crossing)
    assert (outcome.credited_ms, outcome.refusal) == (0, RefusalReason.SUPERSEDED)


def test_sessions_of_a_person_never_spend_the_same_time_even_when_nothing_ended_the_first(player: Desk):
    player.wait(3)

    def play_elsewhere() -> None:
        die_entering(player, player.other.id)
        session = play(player, player.other.id)
        player.wait(3)
        send(player, player.other.id, session, 1)

    assert send(player, player.study.id, player.session, 1, crossed(player, "of", play_elsewhere)).credited_ms
    (earlier,), (later,) = credits(player, player.study.id), credits(player, player.other.id)
    assert earlier["received_at"] <= later["anchored_at"]


def test_a_session_that_nothing_ended_ends_with_its_next_report(player: Desk):
    die_entering(player, player.other.id)
    player.wait(3)
    assert send(player, player.study.id, player.session, 1).refusal is RefusalReason.SUPERSEDED
    assert player.studies.get(player.study.id).sessions.live is None


def test_who_is_overtaken_while_entering_gives_way(player: Desk):
    later: list[str] = []
    overtaken = crossed(player, "update", lambda: later.append(enter(player, player.other.id)))
    with pytest.raises(SessionOver):
        enter(player, player.study.id, overtaken)
    first, second = (player.studies.get(study.id).sessions for study in (player.study, player.other))
    assert (first.live, second.live.id) == (None, later[0])
