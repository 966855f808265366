"""What is written is what is read, on real MongoDB."""

import secrets
from dataclasses import replace

import bson
import pytest
from bson.raw_bson import RawBSONDocument

from services.learning.domain import Learner, SessionState, Turn
from services.learning.domain.tally import Tally
from services.learning.storage import Courses, Learners, PlaySessions, Studies
from services.learning.tests.builders import (
    a_course,
    a_lesson,
    a_question,
    a_session,
    a_study,
    an_hour,
    at,
    pass_check,
    playing,
    report,
)
from shared.events.learning import Ending
from shared.events.terms import LessonKind
from shared.persistence.repository import AlreadyExists

MAX_BYTES = 32 * 1024  # of a session's document, its unpublished batch included


@pytest.fixture
def fresh(client) -> str:
    return secrets.token_hex(8)


def test_a_course_comes_back_as_it_was(fresh):
    course = Courses().add(a_course(a_lesson(quiz=[a_question()]), id=fresh))
    assert Courses().get(fresh) == course


def test_a_study_comes_back_as_it_was_with_checks_and_answers(fresh):
    study = a_study(a_course(a_lesson(quiz=[a_question()])), enrollment_id=fresh)
    session = playing(study)
    session.report(report(1, 0, 3), at(3))
    study.absorb(session, at(4))
    study.answer_question("common", "q1", right=True, now=at(7))
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
        learner.take_turn(None, "e1", "s1", at(0))
    Learners().add(learner)
    stored = Learners().get(fresh)
    assert stored == learner
    assert stored.entries == (Tally(since=at(0), count=1) if turn else Tally())


@pytest.mark.parametrize("how_far", ["awaiting", "playing", "due", "ended", "never began"])
def test_a_play_session_comes_back_as_it_was(fresh, how_far):
    session = a_session(id=fresh)
    if how_far != "awaiting":
        pass_check(session, lease_s=5)
        session.report(report(1, 0, 3), at(4))
        session.report(report(7, 0, 3, rate=2), at(4))
    if how_far == "due":
        session.report(report(2, 3, 6), at(8))
    if how_far == "ended":
        session.end(Ending.CHECK_FAILED, at(9), "c2")
        session.report(report(2, 3, 6), at(10))
    if how_far == "never began":
        turn = Turn(number=1, enrollment_id="study", session_id=fresh)
        session = PlaySessions().end(turn, Ending.STOPPED, "person", at(3))
    else:
        PlaySessions().add(session)
    assert PlaySessions().get(fresh) == session


def test_the_events_leave_with_the_state(fresh):
    PlaySessions().add(a_session(id=fresh))
    PlaySessions().update(fresh, lambda session: pass_check(session, lease_s=3))
    PlaySessions().update(fresh, lambda session: session.report(report(1, 0, 3), at(3)))
    row = PlaySessions().rows.find_one({"_id": fresh})
    assert [entry["type"] for entry in row["outbox"]] == [
        "learning.lesson.entered.v1",
        "learning.playback.recorded.v1",
        "learning.check.due.v1",
    ]
    assert (row["version"], row["sequence"]) == (2, 3)


def test_a_session_of_20_000_reports_stays_a_small_document(fresh):
    session = an_hour()
    session.id = fresh
    sizes = []
    for number in range(1, 20_001):
        session.report(report(9_999_999, 0, 15), at(number / 8))
        outcome = session.report(report(number, session.covered_ms / 1000, number / 8), at(number / 8))
        assert outcome.refusal is None
        if number % 500 == 99:
            sizes.append(len(bson.encode(PlaySessions().to_document(session))))
    assert max(sizes) < MAX_BYTES
    session.events.clear()
    PlaySessions().add(session)
    raw = PlaySessions().rows.with_options(bson.CodecOptions(document_class=RawBSONDocument))
    assert len(raw.find_one({"_id": fresh}).raw) < MAX_BYTES


# ---- queries ----


def index_of(cursor) -> str:
    plan = cursor.explain()["queryPlanner"]["winningPlan"]
    while "inputStage" in plan:
        plan = plan["inputStage"]
    return str(plan.get("indexName", plan["stage"]))


def test_studies_of_a_person_are_found_by_index(fresh):
    for number in range(3):
        Studies().add(replace(a_study(enrollment_id=f"{fresh}{number}"), person_id=fresh))
    assert len(Studies().of_person(fresh)) == 3
    assert index_of(Studies().rows.find({"person_id": fresh})) == "person"


def test_sessions_that_time_has_ended_are_found_by_index_the_longest_overdue_first(fresh):
    sessions = [
        playing(id=f"{fresh}-2", at_s=2),
        playing(id=f"{fresh}-1", at_s=1),
        playing(id=f"{fresh}-later", at_s=30),
        a_session(id=f"{fresh}-waits"),
        playing(id=f"{fresh}-over", at_s=-100),
    ]
    sessions[-1].end(Ending.SUPERSEDED, at(-99))
    for session in sessions:
        PlaySessions().add(session)
    waking = [session.id for session in PlaySessions().waking(at(62)) if session.id.startswith(fresh)]
    assert waking == [f"{fresh}-1", f"{fresh}-2"]
    assert index_of(PlaySessions().find_waking(at(62))) == "overdue"


def test_a_session_that_was_never_created_is_none(fresh):
    assert PlaySessions().find_one(fresh) is None
    PlaySessions().add(a_session(id=fresh))
    assert PlaySessions().find_one(fresh).state is SessionState.AWAITING_CHECK


# ---- ending the session of a turn (R23) ----


class JustCreated(PlaySessions):
    """Right after it was found missing, the session is created by the process that was slow."""

    def update_and_get(self, id, *arguments, **options):
        try:
            return super().update_and_get(id, *arguments, **options)
        finally:
            if not self.rows.find_one({"_id": id}):
                PlaySessions().add(playing(id=id))


def test_the_session_of_a_turn_ends_once_with_what_it_has_earned(fresh):
    PlaySessions().add(playing(id=fresh, lease_s=3))
    PlaySessions().update(fresh, lambda session: session.report(report(1, 0, 3), at(3)))
    turn = Turn(number=1, enrollment_id="study", session_id=fresh)
    ended = PlaySessions().end(turn, Ending.SUPERSEDED, "person", at(5))
    assert (ended.ending, ended.covered_ms, ended.ended_at) == (Ending.SUPERSEDED, 3_000, at(5))
    assert PlaySessions().end(turn, Ending.STOPPED, "person", at(6)) == ended


def test_a_session_that_appears_while_its_end_is_written_ends_too(fresh):
    turn = Turn(number=1, enrollment_id="study", session_id=fresh)
    ended = JustCreated().end(turn, Ending.SUPERSEDED, "person", at(5))
    assert (ended.ending, ended.lesson_id) == (Ending.SUPERSEDED, "common")
    assert PlaySessions().get(fresh).state is SessionState.ENDED


def test_a_session_of_which_an_end_is_stored_is_never_created(fresh):
    turn = Turn(number=1, enrollment_id="study", session_id=fresh)
    PlaySessions().end(turn, Ending.SUPERSEDED, "person", at(5))
    with pytest.raises(AlreadyExists):
        PlaySessions().add(playing(id=fresh))
