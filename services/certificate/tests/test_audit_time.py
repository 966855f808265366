"""When the hours of a record are audited, and when they are not audited again (R28)."""

from dataclasses import replace
from datetime import timedelta

from services.certificate.domain import RecordStatus
from services.certificate.domain.hours_record import PATIENCE
from services.certificate.tests.builders import NOW, Study, a_record, take
from shared.events.certificate import HoursAudited, Verdict


def test_the_patience_with_late_evidence_begins_when_the_end_of_the_study_is_known():
    study = Study()
    record = study.record()
    take(record, study.opened, NOW)
    assert record.study_known_at is None
    take(record, study.finished, NOW + timedelta(seconds=10))
    take(record, study.entered[0], NOW + timedelta(seconds=20))
    assert record.study_known_at == NOW + timedelta(seconds=10)


def test_evidence_under_way_is_waited_for_half_a_minute():
    assert timedelta(seconds=30) == PATIENCE


def test_a_record_whose_study_has_not_ended_is_never_overdue():
    study = Study()
    record = a_record([study.opened], study)
    record.audit_overdue(NOW + timedelta(days=1_000))
    assert (record.events, record.status) == ([], RecordStatus.COLLECTING)


def test_an_audit_that_finds_the_same_is_no_second_event():
    study = Study()
    study.finished = replace(study.finished, compulsory_ms=15_000)
    record = a_record([*study.events, study.entered[0]], study)
    assert [type(event) for event in record.events] == [HoursAudited]


def test_late_evidence_does_not_audit_hours_again_that_a_person_has_confirmed():
    study = Study()
    record = a_record([event for event in study.events if event is not study.verified], study)
    record.audit_overdue(NOW + PATIENCE)
    record.confirm("staff-1")
    take(record, study.verified)
    assert (record.status, record.result.verdict) == (RecordStatus.REPORTABLE, Verdict.DOUBTFUL)
