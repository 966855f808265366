"""Who sees an hours record, and what a PDF is worth beside it (R29, R30)."""

from dataclasses import replace

import pytest

from services.certificate.domain import RecordStatus
from services.certificate.domain.access import scope_of, visible_to
from services.certificate.domain.status import REPORTED
from services.certificate.domain.verification import PdfReason, compare_with_record
from services.certificate.tests.builders import a_record_in
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.terms import Role

RECORD = a_record_in(RecordStatus.COLLECTING)
LEARNER = Principal(account_id="a1", role=Role.LEARNER, person_id=RECORD.person_id)
STAFF = Principal(account_id="a2", role=Role.ORGANISATION, organisation=RECORD.organisation)
PROVINCE = Principal(account_id="a3", role=Role.PROVINCE)


@pytest.mark.parametrize("principal", [LEARNER, STAFF], ids=["learner", "staff"])
@pytest.mark.parametrize("status", RecordStatus)
def test_its_learner_and_its_organisation_see_a_record_in_every_state(principal, status):
    visible_to(principal)(a_record_in(status))


@pytest.mark.parametrize("status", RecordStatus)
def test_the_province_sees_what_was_reported_and_nothing_else(status):
    if status in REPORTED:
        visible_to(PROVINCE)(a_record_in(status))
    else:
        refused(PROVINCE, a_record_in(status))


@pytest.mark.parametrize(
    "principal",
    [
        replace(LEARNER, person_id="somebody else"),
        replace(LEARNER, person_id=None),
        replace(STAFF, organisation="别的机构"),
        replace(STAFF, organisation=None),
        replace(LEARNER, role=Role.OPERATOR),
        replace(STAFF, role=Role.AUDITOR),
    ],
)
def test_for_others_a_record_does_not_exist(principal):
    refused(principal, RECORD)


def test_a_query_asks_for_what_the_check_lets_pass():
    assert scope_of(LEARNER) == {"person_id": (RECORD.person_id,)}
    assert scope_of(STAFF) == {"organisation": (RECORD.organisation,)}
    assert scope_of(PROVINCE) == {"status": REPORTED}
    assert scope_of(replace(LEARNER, person_id=None)) == {"person_id": ("",)}
    assert scope_of(replace(STAFF, organisation=None)) == {"organisation": ("",)}
    assert scope_of(replace(STAFF, role=Role.OPERATOR)) == {"person_id": ()}


def refused(principal, record):
    with pytest.raises(NotFound) as error:
        visible_to(principal)(record)
    assert error.value.details == {"what": "HoursRecord"}


def test_a_pdf_counts_when_its_record_issued_it_and_has_not_been_revoked():
    certified, revoked = a_record_in(RecordStatus.CERTIFIED), a_record_in(RecordStatus.REVOKED)
    sha256 = certified.certificate.sha256
    assert compare_with_record(certified, sha256) is PdfReason.VALID
    assert compare_with_record(certified, sha256 + "0") is PdfReason.HASH_DIFFERS
    assert compare_with_record(revoked, revoked.certificate.sha256) is PdfReason.REVOKED
    assert compare_with_record(revoked, "another") is PdfReason.HASH_DIFFERS
    assert compare_with_record(None, sha256) is PdfReason.UNKNOWN_NUMBER
    assert compare_with_record(RECORD, sha256) is PdfReason.UNKNOWN_NUMBER
