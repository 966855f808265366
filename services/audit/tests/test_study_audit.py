"""When the auditor publishes what it derived of a study, and when it waits (R28, R31)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import Discrepancy, Head, Hours
from services.audit.domain.readiness import log_gaps
from services.audit.domain.study_audit import CLAIM, MAX_FAULTS, MAX_IDS, RETRY, Derived, StudyAudit, Waiting
from services.audit.tests.studies import study_bodies, without
from shared.events.audit import StudyDerived
from shared.events.envelope import decode

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WAITING = Waiting()
FAULT = Discrepancy("credit.wall_clock", "900 ms too much", ["e1", "e2"], "lesson-1")
GAP = Discrepancy("log_incomplete", "The log lacks SessionEnded", ["e9"])
LONG = timedelta(days=1)


def a_study():
    return StudyAudit.of("enrollment-1", "person-1", 7, NOW)


def derived(*faults, gaps=(), position=9):
    hours = Hours("enrollment-1", discrepancies=list(faults))
    return Derived(hours=hours, gaps=list(gaps), head=Head(position, "f" * 64, position))


def words(study):
    return [event for event in study.events if isinstance(event, StudyDerived)]


def test_an_agreement_is_published_at_once():
    study = a_study()
    assert study.conclude(derived(), NOW, WAITING)
    (word,) = words(study)
    assert (word.agrees, word.faults, word.log_position, word.head_hash) == (True, [], 9, "f" * 64)
    assert (word.enrollment_id, word.person_id, word.derived_at) == ("enrollment-1", "person-1", NOW)
    assert study.due_at is None


def test_a_dispute_waits_for_what_may_be_on_its_way():
    study = a_study()
    assert not study.conclude(derived(FAULT), NOW + WAITING.settle - RETRY, WAITING)
    assert (words(study), study.due_at) == ([], NOW + WAITING.settle)
    assert study.conclude(derived(FAULT), NOW + WAITING.settle, WAITING)
    (word,) = words(study)
    assert (word.agrees, word.faults[0].code, word.faults[0].event_ids) == (False, FAULT.code, ["e1", "e2"])


def test_a_gap_is_waited_for_until_the_deadline_and_then_named():
    study = a_study()
    assert not study.conclude(derived(gaps=[GAP]), NOW + WAITING.settle, WAITING)
    assert study.due_at == NOW + WAITING.settle + RETRY
    almost = NOW + WAITING.deadline - RETRY / 2
    assert not study.conclude(derived(gaps=[GAP]), almost, WAITING)
    assert study.due_at == NOW + WAITING.deadline
    assert study.conclude(derived(gaps=[GAP]), NOW + WAITING.deadline, WAITING)
    (word,) = words(study)
    assert (word.agrees, [fault.code for fault in word.faults]) == (False, ["log_incomplete"])


def test_a_gap_that_a_fault_rests_on_is_named_once():
    study = a_study()
    named = Discrepancy("session_open", "no end", ["e9"])
    study.conclude(derived(named, gaps=[GAP]), NOW + LONG, WAITING)
    assert [fault.code for fault in words(study)[0].faults] == ["session_open"]


def test_the_same_outcome_is_published_once_and_another_one_again():
    study = a_study()
    for faults in ([], [], [FAULT], [FAULT], []):
        study.conclude(derived(*faults), NOW + LONG, WAITING)
    assert [word.agrees for word in words(study)] == [True, False, True]


def test_what_came_while_it_was_derived_is_derived_next():
    study = a_study()
    study.find(12, NOW)
    assert not study.conclude(derived(position=11), NOW + LONG, WAITING)
    assert (words(study), study.due_at) == ([], NOW + LONG)
    assert study.conclude(derived(position=12), NOW + LONG, WAITING)


def test_an_entry_that_is_found_again_changes_nothing():
    study = a_study()
    study.conclude(derived(), NOW, WAITING)
    before = replace(study)
    study.find(7, NOW + LONG)
    assert study == before
    study.find(8, NOW + LONG)
    assert study.due_at == NOW + LONG


def test_when_somebody_has_decided_it_is_derived_once_more_and_again_when_it_was_sent_back():
    study = a_study()
    study.find(8, NOW, decided=True)
    assert study.due_at == NOW
    study.conclude(derived(), NOW, WAITING)
    study.find(10, NOW)
    assert study.due_at is None
    study.find(11, NOW, decided=False)
    assert (study.due_at, study.decided) == (NOW, False)


def test_one_process_at_a_time_derives_it():
    study = a_study()
    assert study.claim(NOW)
    assert not study.claim(NOW + CLAIM - timedelta(milliseconds=1))
    assert study.claim(NOW + CLAIM)  # the process that had it is gone
    study.conclude(derived(), NOW, WAITING)
    assert not study.claim(NOW + LONG)


def test_an_event_stays_small_whatever_was_found():
    study = a_study()
    fault = Discrepancy("report_repeated", "…", [f"e{number}" for number in range(MAX_IDS + 5)])
    study.conclude(derived(*[fault] * (MAX_FAULTS + 3)), NOW + LONG, WAITING)
    (word,) = words(study)
    assert (len(word.faults), word.faults_left_out) == (MAX_FAULTS, 3)
    assert {len(fault.event_ids) for fault in word.faults} == {MAX_IDS}


@given(
    st.lists(
        st.tuples(st.sampled_from(["agree", "dispute", "gap", "find"]), st.integers(0, 400)), max_size=20
    )
)
def test_no_way_leaves_a_study_without_a_word(steps):
    """After the deadline the next derivation publishes, whatever went before."""
    study, now, position = a_study(), NOW, 9
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        position += 1
        if step == "find":
            study.find(position, now)
        elif study.claim(now):
            found = {"agree": derived(), "dispute": derived(FAULT), "gap": derived(gaps=[GAP])}[step]
            study.conclude(replace(found, head=Head(position, "f" * 64, position)), now, WAITING)
        assert study.due_at is not None or study.outcome is not None
    if study.outcome is None:
        at = max(now, study.due_at, NOW + WAITING.deadline)
        assert study.claim(at)
        study.conclude(derived(gaps=[GAP], position=position), at, WAITING)
        assert study.outcome is not None


@pytest.mark.parametrize("type_", ["learning.session.ended.v1", "proctor.schedule.revealed.v1"])
def test_the_log_lacks_the_end_of_a_session_or_its_seed(type_):
    bodies = study_bodies()
    assert log_gaps("enrollment-1", map(decode, bodies)) == []
    (gap,) = log_gaps("enrollment-1", map(decode, without(bodies, type_, 1)))
    assert (gap.code, gap.lesson_id) == ("log_incomplete", "course-1-1")
    assert log_gaps("another", map(decode, without(bodies, type_))) == []
