"""What people decide about a record, and what the events of it name (R5, R28–R30)."""

import pytest

from services.certificate.domain import RecordStatus
from services.certificate.domain.status import Impossible
from services.certificate.tests.builders import NOW, NUMBER, STEPS, a_record_in, an_audited_record
from shared.events.certificate import (
    CertificateIssued,
    CertificateRevoked,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
    ProvinceRejected,
)

IDS = {"enrollment_id": "enrollment-1", "person_id": "person-1"}


def test_each_decision_says_who_made_it_and_why():
    record = an_audited_record()
    record.events.clear()
    for step in ("confirm", "report", "reject", "confirm", "report", "approve"):
        STEPS[step](record)
        if step == "reject":
            assert (record.status, record.reason) == (RecordStatus.ORGANISATION_REVIEW, "请核对")
    assert record.reason is None
    record.issue("a" * 64, "number/a.pdf")
    record.revoke("province-2", "作弊")
    assert record.reason == "作弊"
    assert record.events == [
        HoursConfirmed(**IDS, confirmed_by="staff-1"),
        HoursReported(**IDS),
        ProvinceRejected(**IDS, rejected_by="province-1", reason="请核对"),
        HoursConfirmed(**IDS, confirmed_by="staff-1"),
        HoursReported(**IDS),
        ProvinceApproved(**IDS, approved_by="province-1", approved_at=NOW),
        CertificateIssued(**IDS, number=NUMBER, sha256="a" * 64, object_key="number/a.pdf", issued_at=NOW),
        CertificateRevoked(**IDS, number=NUMBER, revoked_by="province-2", reason="作弊"),
    ]
    assert (record.certificate.sha256, record.certificate.object_key) == ("a" * 64, "number/a.pdf")


def test_a_refusal_names_the_state_that_forbids_it():
    with pytest.raises(Impossible) as refusal:
        a_record_in(RecordStatus.REPORTABLE).confirm("staff-1")
    assert refusal.value.details == {"status": "reportable"}


@pytest.mark.parametrize("status", [RecordStatus.CERTIFIED, RecordStatus.REVOKED])
def test_a_withdrawal_takes_no_certificate_back(status):
    record = a_record_in(status)
    record.withdraw()
    assert record.status is status
