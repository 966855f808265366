"""The way from the audit to the certificate (R5, R28–R30)."""

from copy import deepcopy
from dataclasses import replace

import pytest

from services.certificate.domain import RecordStatus
from services.certificate.domain.status import Impossible, ReasonMissing
from services.certificate.tests.builders import NOW, STEPS, a_record_in, an_audited_record
from shared.events.certificate import (
    CertificateIssued,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
    ProvinceRejected,
)

ALLOWED = {
    RecordStatus.COLLECTING: set(),
    RecordStatus.ORGANISATION_REVIEW: {"confirm"},
    RecordStatus.REPORTABLE: {"report"},
    RecordStatus.PROVINCE_REVIEW: {"approve", "reject"},
    RecordStatus.APPROVED: set(),
    RecordStatus.CERTIFIED: {"revoke"},
    RecordStatus.REVOKED: set(),
    RecordStatus.WITHDRAWN: set(),
}


def test_the_way_to_the_certificate():
    record = an_audited_record()
    record.events.clear()
    for step in ("confirm", "report", "reject", "confirm", "report", "approve"):
        STEPS[step](record)
    record.issue("a" * 64, "number/a.pdf")
    kinds = [HoursConfirmed, HoursReported, ProvinceRejected, HoursConfirmed, HoursReported, ProvinceApproved]
    assert [type(event) for event in record.events] == [*kinds, CertificateIssued]
    issued = record.events[-1]
    assert (issued.number, issued.issued_at, issued.sha256) == (record.number, NOW, "a" * 64)


@pytest.mark.parametrize("status", list(RecordStatus))
@pytest.mark.parametrize("step", ["confirm", "report", "approve", "reject", "revoke"])
def test_an_impossible_step_changes_nothing(status, step):
    record = a_record_in(status)
    before = deepcopy(replace(record, events=[]))
    if step in ALLOWED[status]:
        STEPS[step](record)
        assert record.status is not status
    else:
        with pytest.raises(Impossible) as refusal:
            STEPS[step](record)
        assert refusal.value.code == "file.impossible"
        assert replace(record, events=[]) == before


def test_a_rejection_says_what_to_mend():
    record = a_record_in(RecordStatus.PROVINCE_REVIEW)
    before = deepcopy(replace(record, events=[]))
    with pytest.raises(ReasonMissing):
        record.reject("province-1", "")
    assert replace(record, events=[]) == before


def test_a_certificate_is_issued_once():
    record = a_record_in(RecordStatus.CERTIFIED)
    record.events.clear()
    record.issue("b" * 64, "another")
    assert (record.events, record.certificate.sha256) == ([], "0" * 64)


def test_a_withdrawn_record_gets_no_certificate():
    record = a_record_in(RecordStatus.APPROVED)
    record.withdraw()
    record.issue("a" * 64, "key")
    assert (record.status, record.certificate) == (RecordStatus.WITHDRAWN, None)
