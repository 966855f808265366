"""A file is clean only when the auditor's own derivation agrees (R28, R31)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificate.domain import RecordStatus
from services.certificate.domain.hours_record import AUDITOR_PATIENCE, PATIENCE
from services.certificate.tests.builders import NOW, STEPS, Study, a_record, take, verdict_of
from shared.events.audit import DerivedFault
from shared.events.certificate import HoursAudited, Verdict

FAULT = DerivedFault(code="credit.wall_clock", says="900 ms credited without time", event_ids=["e1", "e2"])
MILLISECOND = timedelta(milliseconds=1)


def unheard(study):
    """All but the auditor's word."""
    return [event for event in study.events if event is not study.derived]


def findings_of(record):
    return [finding for finding in record.result.findings if finding.rule == "R31"]


def test_until_the_auditor_has_spoken_a_record_waits():
    study = Study(automatic_confirmation=True)
    record = a_record(unheard(study), study)
    record.audit_overdue(NOW + AUDITOR_PATIENCE - MILLISECOND)
    assert (record.status, record.events) == (RecordStatus.COLLECTING, [])
    take(record, study.derived)
    assert record.status is RecordStatus.REPORTABLE


def test_a_silent_auditor_leaves_it_to_a_person():
    study = Study(automatic_confirmation=True)
    record = a_record(unheard(study), study)
    record.audit_overdue(NOW + AUDITOR_PATIENCE)
    assert verdict_of(record) == (Verdict.DOUBTFUL, {"R31"})
    assert record.status is RecordStatus.ORGANISATION_REVIEW
    (finding,) = findings_of(record)
    assert "审计未在时限内答复" in finding.says


def test_the_auditor_s_word_clears_what_waited_too_long_for_it():
    study = Study()
    record = a_record(unheard(study), study)
    record.audit_overdue(NOW + AUDITOR_PATIENCE)
    take(record, study.derived)
    assert [event.verdict for event in record.events] == [Verdict.DOUBTFUL, Verdict.CLEAN]


def test_an_operator_says_how_long_the_auditor_is_waited_for():
    study = Study()
    record = a_record(unheard(study), study)
    record.audit_overdue(NOW + PATIENCE, auditor_patience=PATIENCE)
    assert record.result.verdict is Verdict.DOUBTFUL


def test_a_dispute_is_doubtful_and_names_what_the_auditor_found():
    study = Study(automatic_confirmation=True)
    study.derived = study.derivation(FAULT)
    record = a_record(study.events, study)
    assert verdict_of(record) == (Verdict.DOUBTFUL, {"R31"})
    assert record.status is RecordStatus.ORGANISATION_REVIEW
    (finding,) = findings_of(record)
    assert "credit.wall_clock: 900 ms credited without time" in finding.says
    assert finding.event_ids == ["e1", "e2", study.derived.published.id, study.finished.published.id]


def test_each_fault_is_a_finding_and_those_left_out_are_counted():
    study = Study()
    study.derived = study.derivation(FAULT, FAULT, faults_left_out=7)
    findings = findings_of(a_record(study.events, study))
    assert [finding.held for finding in findings] == [False] * 3
    assert "7 more faults" in findings[-1].says


@pytest.mark.parametrize("fields", [{"compulsory_ms": 13_999}, {"elective_ms": 0}, {"agrees": False}])
def test_an_auditor_who_counts_otherwise_is_no_agreement(fields):
    study = Study()
    study.derived = study.derivation(**fields)
    assert verdict_of(a_record(study.events, study)) == (Verdict.DOUBTFUL, {"R31"})


@given(st.data())
def test_the_newest_word_counts_in_whatever_order_they_come(data):
    study = Study()
    words = [study.derivation(FAULT), study.derivation(sequence=2), study.derivation(FAULT, sequence=3)]
    record = a_record([*unheard(study), *data.draw(st.permutations(words))], study)
    assert (record.result.verdict, record.evidence.derivation.sequence) == (Verdict.DOUBTFUL, 3)


def test_a_dispute_that_ends_clears_the_record():
    study = Study()
    record = a_record([*unheard(study), study.derivation(FAULT), study.derivation(sequence=2)], study)
    assert [event.verdict for event in record.events] == [Verdict.DOUBTFUL, Verdict.CLEAN]


def test_a_later_dispute_makes_clean_hours_doubtful_until_somebody_has_decided():
    study = Study()
    record = a_record([*study.events, study.derivation(FAULT, sequence=2)], study)
    assert [event.verdict for event in record.events] == [Verdict.CLEAN, Verdict.DOUBTFUL]
    decided = a_record(study.events, study)
    STEPS["confirm"](decided)
    decided.events.clear()
    take(decided, study.derivation(FAULT, sequence=2))
    assert (decided.status, decided.events) == (RecordStatus.REPORTABLE, [])
    assert decided.evidence.derivation.agrees is False  # whoever looks sees it


def test_a_person_may_confirm_in_spite_of_the_auditor():
    study = Study()
    study.derived = study.derivation(FAULT)
    record = a_record(study.events, study)
    STEPS["confirm"](record)
    assert record.status is RecordStatus.REPORTABLE


def test_what_services_owe_is_waited_for_half_a_minute_once_the_auditor_has_spoken():
    study = Study()
    record = a_record([event for event in study.events if event is not study.verified], study)
    record.audit_overdue(NOW + PATIENCE)
    (audited,) = [event for event in record.events if isinstance(event, HoursAudited)]
    assert audited.verdict is Verdict.DOUBTFUL
