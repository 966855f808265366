"""No certificate while a case of cheating is open or after it was confirmed (R26); extended windows (R9)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.certificate.domain import RecordStatus
from services.certificate.domain.audit import audit
from services.certificate.domain.evidence import AuditEvidence
from services.certificate.domain.status import Held
from services.certificate.tests.builders import NOW, STEPS, Study, a_record, a_record_in, published
from shared.events.enrollment import ExtensionCause, WindowExtended

NEXT = {
    "confirm": RecordStatus.ORGANISATION_REVIEW,
    "report": RecordStatus.REPORTABLE,
    "approve": RecordStatus.PROVINCE_REVIEW,
}


@pytest.mark.parametrize("step", NEXT)
def test_while_a_case_is_open_nothing_leads_to_a_certificate(step):
    record = a_record_in(NEXT[step])
    record.hold(5, held=True)
    record.events.clear()
    with pytest.raises(Held):
        STEPS[step](record)
    assert (record.status, record.events) == (NEXT[step], [])
    record.hold(6, held=False)
    STEPS[step](record)
    assert record.status is not NEXT[step]


def test_an_older_event_that_comes_late_changes_nothing():
    record = a_record_in(RecordStatus.REPORTABLE)
    record.hold(6, held=False)
    record.hold(5, held=True)
    assert not record.held


def extended(study, closes_at, sequence=1):
    event = WindowExtended(
        **study.ids, closes_at=closes_at, extended_ms=1, cause=ExtensionCause.OUTAGE, outage_ids=["o1"]
    )
    return published(event, study.enrollment, sequence)


def window_held(*events):
    evidence = AuditEvidence()
    for event in events:
        evidence.add(event)
    return next(finding.held for finding in audit(evidence).findings if finding.rule == "R9")


def test_hours_of_an_extended_window_count():
    study = Study()
    late = study.finished.completed_at
    opened = published(replace(study.opened, closes_at=late - timedelta(seconds=1)), study.enrollment)
    assert not window_held(opened, study.finished)
    assert window_held(opened, study.finished, extended(study, late))
    assert window_held(
        extended(study, late), extended(study, late - timedelta(hours=1)), opened, study.finished
    )
    assert not window_held(opened, study.finished, extended(study, late - timedelta(milliseconds=1)))


def test_clean_hours_that_no_person_need_confirm_wait_for_the_case_and_not_longer():
    study = Study(automatic_confirmation=True)
    record = a_record(study.events[:-1], study)
    record.hold(1, held=True)
    record.learn(study.events[-1], NOW)
    assert record.status is RecordStatus.ORGANISATION_REVIEW
    record.hold(2, held=False)
    assert record.status is RecordStatus.REPORTABLE
