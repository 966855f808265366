"""Completed studies are found in the log, derived, and spoken of, whatever crashes (R28)."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from mongoengine.connection import get_db

from services.audit.application.gate import StudyDeriver, StudyFinder
from services.audit.domain import derive_hours
from services.audit.domain.study_audit import CLAIM, Waiting
from services.audit.storage import Cursor, StudyAudits
from services.audit.tests.studies import id_of, study_bodies, type_of, without
from shared.events.audit import StudyDerived
from shared.events.envelope import decode
from shared.persistence.lease import Lease

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SETTLED = NOW + Waiting().settle
OVERDUE = NOW + Waiting().deadline
ENDED, REVEALED = "learning.session.ended.v1", "proctor.schedule.revealed.v1"


class Clock:
    """Stands still until it is set."""

    now = NOW

    def __call__(self):
        return self.now


class Gate:
    """A process that finds and derives."""

    def __init__(self, log, clock):
        self.clock, self.log, self.cursor, self.studies = clock, log, Cursor(), StudyAudits(clock)
        self.studies.ensure_indexes()
        lease = Lease(get_db("audit")["finder_lease"])
        self.finder = StudyFinder(log, self.cursor, self.studies, lease, clock)
        self.deriver = StudyDeriver(log, self.studies, Waiting(), clock)

    def run(self, at=NOW):
        self.clock.now = at
        self.finder.run()
        return self.deriver.run(100)

    def words(self, number=1):
        outbox = self.studies.rows.find_one({"_id": f"enrollment-{number}"})["outbox"]
        return [decode(entry["body"]) for entry in outbox]


@pytest.fixture
def gate(log):
    return Gate(log, Clock())


@pytest.fixture
def append(log):
    """Appends bodies behind what the log holds."""

    def append(bodies):
        first = log.head().stream_offset + 1
        log.append(list(enumerate(bodies, first)))

    return append


def later(type_, number=1, **fields):
    """An event that comes after the study."""
    sample = json.loads(study_bodies(number)[2])
    data = {"enrollment_id": f"enrollment-{number}", "person_id": f"person-{number}", **fields}
    return json.dumps({**sample, "id": f"later-{type_}-{number}-{fields}", "source": type_.partition(".")[0],
                       "type": type_, "sequence": "0000000001", "data": data}).encode()  # fmt: skip


def test_a_completed_study_is_derived_and_spoken_of(gate, append, log):
    append(study_bodies())
    assert gate.run() == 1
    (word,) = gate.words()
    assert isinstance(word, StudyDerived)
    assert (word.agrees, word.compulsory_ms, word.elective_ms, word.faults) == (True, 60_000, 60_000, [])
    assert (word.log_position, word.head_hash) == (log.head().position, log.head().hash)
    assert (word.published.source, word.published.subject) == ("audit", "enrollment-1")
    assert gate.run(OVERDUE) == 0


def test_a_study_that_goes_on_is_not_derived(gate, append):
    append(without(study_bodies(), "learning.study.completed.v1"))
    assert gate.run() == 0
    assert list(gate.studies.rows.find()) == []


@pytest.mark.parametrize("type_", [ENDED, REVEALED])
def test_what_comes_within_the_transit_of_an_event_disputes_nothing(gate, append, type_):
    bodies = study_bodies()
    late = [body for body in bodies if type_of(body) == type_][-1:]
    append([body for body in bodies if body not in late])
    gate.run()
    gate.run(SETTLED)
    assert gate.words() == []
    append(late)
    gate.run(SETTLED + timedelta(seconds=1))
    assert [word.agrees for word in gate.words()] == [True]


@pytest.mark.parametrize("type_", [ENDED, REVEALED])
def test_what_never_comes_is_named_at_the_deadline(gate, append, type_):
    bodies = without(study_bodies(), type_, 1)
    append(bodies)
    for at in (NOW, SETTLED, OVERDUE - timedelta(milliseconds=1)):
        gate.run(at)
    assert gate.words() == []
    gate.run(OVERDUE)
    (word,) = gate.words()
    assert word.agrees is False
    assert {id for fault in word.faults for id in fault.event_ids} <= {id_of(body) for body in bodies}
    assert word.faults


def test_a_dispute_ends_when_what_was_missing_has_come(gate, append):
    bodies = study_bodies()
    late = [body for body in bodies if type_of(body) == REVEALED][-1:]
    append([body for body in bodies if body not in late])
    gate.run()
    gate.run(OVERDUE)
    append(late)
    gate.run(OVERDUE + timedelta(hours=1))
    assert [word.agrees for word in gate.words()] == [False, True]


def test_what_somebody_has_decided_is_derived_no_more(gate, append):
    append(study_bodies())
    gate.run()
    append([later("certificate.hours.confirmed.v1", confirmed_by="staff-1")])
    assert gate.run(SETTLED) == 1
    append(
        [
            later(
                "learning.quiz.answered.v1",
                lesson_id="course-1-0",
                question_id="q",
                correct=True,
                quiz_done=True,
            )
        ]
    )
    assert gate.run(OVERDUE) == 0
    append([later("certificate.province.rejected.v1", rejected_by="p", reason="请核对")])
    assert gate.run(OVERDUE) == 1


def test_an_event_of_the_person_alone_calls_for_another_look(gate, append):
    append(study_bodies())
    gate.run()
    body = later("proctor.consent.withdrawn.v1")
    envelope = json.loads(body)
    del envelope["data"]["enrollment_id"]
    append([json.dumps(envelope).encode()])
    assert gate.run(SETTLED) == 1


def test_what_the_auditor_has_said_is_no_reason_to_look_again(gate, append):
    append(study_bodies())
    gate.run()
    append([gate.studies.rows.find_one()["outbox"][0]["body"].encode()])
    assert gate.run(SETTLED) == 0


@pytest.mark.parametrize("crash", ["before the cursor", "while it was derived"])
def test_a_crash_repeats_and_changes_nothing(gate, append, crash, log):
    append(study_bodies())
    if crash == "before the cursor":
        gate.finder.run()
        get_db("audit")["cursors"].delete_many({})
    else:
        gate.finder.run()
        assert gate.deriver._claim().id == "enrollment-1"
        assert gate.run(NOW) == 0  # another process leaves it alone
    again = Gate(log, Clock())
    get_db("audit")["finder_lease"].delete_many({})
    again.run(NOW + CLAIM)
    again.run(NOW + 2 * CLAIM)
    assert [word.agrees for word in again.words()] == [True]


def test_processes_beside_each_other_speak_once_of_each_study(log, append):
    for number in range(1, 9):
        append(study_bodies(number)[2 if number > 1 else 0 :])
    gates = [Gate(log, Clock()) for _ in range(3)]
    gates[0].finder.run()
    threads = [threading.Thread(target=gate.deriver.run, args=(100,)) for gate in gates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    words = [gates[0].words(number) for number in range(1, 9)]
    assert [[word.agrees for word in each] for each in words] == [[True]] * 8


def test_the_finder_goes_on_where_it_stopped_and_one_of_them_searches(log, append):
    gates = [Gate(log, Clock()) for _ in range(2)]
    append(study_bodies())
    assert [gate.finder.run() for gate in gates] == [log.head().position, 0]
    append(study_bodies(2)[2:])
    assert gates[0].finder.run() == len(study_bodies(2)) - 2
    assert gates[0].finder.run() == 0


def test_a_log_on_which_the_derivation_fails_is_a_dispute_and_keeps_nobody_waiting(gate, append, log):
    append(study_bodies())
    append(study_bodies(2)[2:])

    def derive(enrollment_id, events, now):
        if enrollment_id == "enrollment-1":
            raise OverflowError("a date of the year 99999")
        return derive_hours(enrollment_id, events, now)

    gate.deriver = StudyDeriver(log, gate.studies, Waiting(), gate.clock, derive)
    for at in (NOW, SETTLED):
        gate.run(at)
    assert [word.agrees for word in gate.words(2)] == [True]
    (word,) = gate.words(1)
    assert [(fault.code, fault.event_ids) for fault in word.faults] == [("derivation_failed", [])]
