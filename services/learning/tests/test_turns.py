"""One session of a learner at a time, in three writes without a transaction (R23), on real MongoDB."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.learning.api import app
from services.learning.api.dependencies import current_time
from services.learning.application import playback
from services.learning.application.playback import Entry, Playback
from services.learning.domain import PlaySession, SessionState
from services.learning.domain.errors import (
    EnteredElsewhere,
    EnteredTooOften,
    LessonDone,
    ReportAfterEnd,
    StudyClosed,
)
from services.learning.domain.tally import Tally
from services.learning.storage import Learners, PlaySessions, Studies
from services.learning.tests.builders import UNFORESEEN, report
from services.learning.tests.commands import CommandLog
from services.learning.tests.conftest import Desk
from shared.events.learning import Ending


class ProcessDied(BaseException):
    """The process is killed."""


class Breaking:
    """A repository that, once, lets something happen right before or right after one of its methods."""

    happenings: dict[str, Callable[[], object]]

    def _happen(self, moment: str) -> None:
        self.happenings.pop(moment, lambda: None)()


class BreakingSessions(Breaking, PlaySessions):
    def end(self, *arguments: Any, **options: Any) -> Any:
        ended = super().end(*arguments, **options)
        self._happen("ended")
        return ended

    def add(self, session: PlaySession, **options: Any) -> Any:
        if session.ending is None:
            self._happen("before creation")
        return super().add(session, **options)


class BreakingLearners(Breaking, Learners):
    def update(self, *arguments: Any, **options: Any) -> Any:
        self._happen("before the turn")
        answer = super().update(*arguments, **options)
        self._happen("turn taken")
        return answer


class BreakingStudies(Breaking, Studies):
    def update_and_get(self, *arguments: Any, **options: Any) -> Any:
        study = super().update_and_get(*arguments, **options)
        self._happen("study entered")
        return study


MOMENTS = ["ended", "before the turn", "turn taken", "study entered", "before creation"]


def disturbed(desk: Desk, moment: str, happen: Callable[[], object]) -> Playback:
    """A process in which this happens at that moment of entering."""
    made: list[Any] = [BreakingStudies(), BreakingLearners(), BreakingSessions()]
    happenings = {moment: happen}
    for repository in made:
        repository.happenings = happenings
    return Playback(studies=made[0], learners=made[1], sessions=made[2])


def die() -> None:
    raise ProcessDied


def enter(desk: Desk, enrollment_id: str, process: Playback | None = None, **changes: Any) -> PlaySession:
    entry = Entry(
        person_id=desk.person,
        login_id="phone",
        enrollment_id=enrollment_id,
        lesson_id="common",
        take_over=False,
    )
    return (process or desk.runtime.playback).enter(replace(entry, **changes), desk.now)


def live_sessions(desk: Desk) -> list[str]:
    sessions = desk.sessions.each(person_id=desk.person)
    return [session.id for session in sessions if session.state is not SessionState.ENDED]


@pytest.fixture
def player(verified: Desk) -> Desk:
    """A learner in a lesson that plays, with another study to go to."""
    verified.session = verified.play()
    verified.other = verified.open_study()
    return verified


# ---- what a request costs ----


def test_a_report_is_one_read_and_one_write(player: Desk, commands: CommandLog):
    player.wait(3)
    with commands.recording() as sent:
        assert player.report(player.session, 1, 0, 3).json()["credited_ms"] == 3000
    assert sent == ["find sessions", "update sessions"]


def test_a_refused_report_is_one_read_and_one_write(player: Desk, commands: CommandLog):
    with commands.recording() as sent:
        assert player.report(player.session, 9, 0, 3).status_code == 409
    assert sent == ["find sessions", "update sessions"]


def test_a_repeated_report_is_one_read(player: Desk, commands: CommandLog):
    player.wait(3)
    player.report(player.session, 1, 0, 3)
    with commands.recording() as sent:
        assert player.report(player.session, 1, 0, 3).json()["credited_ms"] == 3000
    assert sent == ["find sessions"]


def test_a_second_report_after_the_end_is_one_read(player: Desk, commands: CommandLog):
    player.wait(100)
    player.report(player.session, 1, 0, 3)
    with commands.recording() as sent:
        assert player.report(player.session, 2, 0, 3).status_code == 409
    assert sent == ["find sessions"]


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


# ---- a process that dies while it enters a lesson ----


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_crash_while_entering_leaves_at_most_one_session_and_a_way_on(player: Desk, moment: str):
    player.wait(3)
    player.report(player.session, 1, 0, 3)
    with pytest.raises(ProcessDied):
        enter(player, player.other.id, disturbed(player, moment, die))
    assert live_sessions(player) == []
    session = enter(player, player.study.id)
    assert live_sessions(player) == [session.id]
    assert session.covered_ms == 3_000
    assert player.learners.get(player.person).turn.session_id == session.id


def test_a_session_that_was_about_to_be_created_when_the_next_was_entered_never_is(player: Desk):
    later: list[PlaySession] = []
    slow = disturbed(player, "before creation", lambda: later.append(enter(player, player.other.id)))
    with pytest.raises(EnteredElsewhere):
        enter(player, player.study.id, slow, take_over=True, lesson_id="special")
    assert live_sessions(player) == [later[0].id]


def test_who_is_overtaken_before_the_turn_is_told_so(player: Desk):
    later: list[PlaySession] = []
    overtaken = disturbed(player, "before the turn", lambda: later.append(enter(player, player.other.id)))
    with pytest.raises(EnteredElsewhere):
        enter(player, player.study.id, overtaken, lesson_id="special")
    assert live_sessions(player) == [later[0].id]


def test_a_report_after_the_session_was_ended_elsewhere_earns_nothing(player: Desk):
    player.wait(3)
    enter(player, player.other.id)
    with pytest.raises(ReportAfterEnd):
        asyncio.run(
            player.runtime.playback.report(
                player.study.id, player.session, report(1, 0, 3), person_id=player.person, now=player.now
            )
        )
    assert player.sessions.get(player.session).covered_ms == 0


# ---- entering again ----


def test_entering_again_goes_on_with_the_session_and_drops_no_check(player: Desk):
    before = player.stored()
    for _ in range(100):  # to drop the check would need another session
        assert enter(player, player.study.id).id == player.session
    assert player.stored() == before


def test_reloading_is_never_too_often(player: Desk):
    tally = Tally(since=player.now, count=60)
    player.learners.update(player.person, lambda learner: setattr(learner, "entries", tally))
    assert enter(player, player.study.id).id == player.session


def test_an_entry_that_is_refused_as_too_often_leaves_the_session_as_it_is(player: Desk):
    tally = Tally(since=player.now, count=60)
    player.learners.update(player.person, lambda learner: setattr(learner, "entries", tally))
    before = player.stored()
    with pytest.raises(EnteredTooOften):
        enter(player, player.other.id)
    assert player.stored() == before


def test_a_lesson_whose_session_has_completed_it_cannot_be_entered_before_that_is_settled(player: Desk):
    player.post("/lessons/common/quiz/answers", {"question_id": "q1", "option": 0})
    player.wait(12)
    player.report(player.session, 1, 0, 12)
    player.pass_check(player.session, UNFORESEEN, 15)
    player.wait(3)
    assert player.report(player.session, 2, 12, 15).json()["state"] == "ended"
    turn = player.learners.get(player.person).turn
    with pytest.raises(LessonDone):
        enter(player, player.study.id)
    assert player.studies.get(player.study.id).lesson("common").completed
    assert player.learners.get(player.person).turn == turn


def test_a_session_whose_silence_nobody_has_noticed_is_over(player: Desk):
    player.wait(61)
    session = enter(player, player.study.id)
    assert session.id != player.session
    assert player.sessions.get(player.session).ending is Ending.SILENT


# ---- stopping (R5, R26) ----


def stop(desk: Desk) -> None:
    desk.learners.update(desk.person, lambda learner: learner.withdraw(desk.study.id))
    playback.stop(desk.learners, desk.sessions, desk.person, desk.study.id, desk.now)


def test_a_withdrawal_ends_the_session_of_its_enrolment(player: Desk):
    stop(player)
    assert player.sessions.get(player.session).ending is Ending.STOPPED


def test_a_withdrawal_ends_no_session_of_another_enrolment(player: Desk):
    session = enter(player, player.other.id)
    stop(player)
    assert live_sessions(player) == [session.id]


def test_a_withdrawal_of_somebody_who_never_entered_ends_nothing(verified: Desk):
    stop(verified)
    assert live_sessions(verified) == []


@pytest.mark.parametrize("moment", ["before the turn", "turn taken", "study entered", "before creation"])
def test_no_session_outlives_a_withdrawal_that_comes_while_it_is_entered(verified: Desk, moment: str):
    with pytest.raises((EnteredElsewhere, StudyClosed)):
        enter(verified, verified.study.id, disturbed(verified, moment, lambda: stop(verified)))
    assert live_sessions(verified) == []


# ---- time (R9, R23) ----


def test_passing_time_ends_what_is_silent_once_however_many_processes_look(player: Desk):
    player.wait(61)
    for _ in range(3):
        playback.pass_time(player.sessions, lambda: player.now)
    assert player.sessions.get(player.session).ending is Ending.SILENT
    assert [event["type"] for event in player.events(player.session)].count("learning.session.ended.v1") == 1


def test_passing_time_leaves_a_session_whose_report_came_meanwhile(player: Desk):
    class Slow(PlaySessions):
        def waking(self, now: Any) -> Any:
            found = super().waking(now)
            player.report(player.session, 1, 0, 3)
            return found

    player.wait(60)
    late = player.now.replace(microsecond=500)
    playback.pass_time(Slow(), lambda: late)
    assert player.sessions.get(player.session).state is SessionState.PLAYING
