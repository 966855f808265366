"""Hours records in a real MongoDB: as they were, and by their queries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.certificate.domain import Person, RecordStatus
from services.certificate.domain.access import visible_to
from services.certificate.domain.hours_record import AUDITOR_PATIENCE, PATIENCE
from services.certificate.tests.builders import (
    NOW,
    ORGANISATION,
    Study,
    a_record,
    a_record_in,
    an_audited_record,
)
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.terms import Role
from shared.persistence.repository import PAGE_SIZE

MILLISECOND = timedelta(milliseconds=1)
READERS = [
    Principal(account_id="a", role=Role.LEARNER, person_id="person-1"),
    Principal(account_id="a", role=Role.LEARNER, person_id="person-2"),
    Principal(account_id="a", role=Role.ORGANISATION, organisation=ORGANISATION),
    Principal(account_id="a", role=Role.ORGANISATION, organisation="别的机构"),
    Principal(account_id="a", role=Role.PROVINCE),
    Principal(account_id="a", role=Role.OPERATOR),
    Principal(account_id="a", role=Role.AUDITOR),
]


def one_in_each_state():
    """Records of one person, told apart by id and number."""
    for status in RecordStatus:
        record = a_record_in(status)
        record.id, record.number = f"in-{status}", record.number and f"{record.number}-{status}"
        yield record


def test_records_come_back_as_they_were_stored(runtime):
    for record in (an_audited_record(), *one_in_each_state()):
        runtime.records.add(record)
        assert runtime.records.get(record.id) == record


@pytest.mark.parametrize("reader", READERS)
def test_a_list_shows_what_the_rule_lets_a_reader_see(runtime, reader):
    records = [runtime.records.add(record) for record in one_in_each_state()]

    def seen(record):
        try:
            visible_to(reader)(record)
        except NotFound:
            return False
        return True

    listed = runtime.records.visible_to(reader, None, 1)
    assert {record.id for record in listed} == {record.id for record in records if seen(record)}
    for status in RecordStatus:
        listed = runtime.records.visible_to(reader, status, 1)
        assert listed == [record for record in records if record.status is status and seen(record)]


def test_a_list_comes_in_pages(runtime):
    for number in range(PAGE_SIZE + 2):
        runtime.records.add(replace(a_record_in(RecordStatus.REPORTABLE), id=f"record-{number}"))
    pages = [runtime.records.visible_to(READERS[0], None, page) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [PAGE_SIZE, 2, 0]
    assert len({record.id for page in pages for record in page}) == PAGE_SIZE + 2


def test_what_waits_for_evidence_too_long_is_overdue_until_it_was_audited(runtime):
    study = Study()
    record = runtime.records.add(a_record([study.finished, study.derived], study))
    runtime.records.add(one_in_each_state().__next__())  # learning still
    assert runtime.records.overdue(NOW + PATIENCE - MILLISECOND, AUDITOR_PATIENCE) == []
    assert runtime.records.overdue(NOW + PATIENCE, AUDITOR_PATIENCE) == [record]
    runtime.records.update(record.id, lambda record: record.audit_overdue(NOW + PATIENCE))
    assert runtime.records.overdue(NOW + PATIENCE, AUDITOR_PATIENCE) == []


def test_what_waits_for_the_auditor_is_overdue_when_its_own_patience_is_over(runtime):
    study = Study()
    record = runtime.records.add(a_record([study.finished], study))
    assert runtime.records.overdue(NOW + AUDITOR_PATIENCE - MILLISECOND, AUDITOR_PATIENCE) == []
    assert runtime.records.overdue(NOW + AUDITOR_PATIENCE, AUDITOR_PATIENCE) == [record]
    runtime.records.update(record.id, lambda record: record.audit_overdue(NOW + AUDITOR_PATIENCE))
    assert runtime.records.overdue(NOW + AUDITOR_PATIENCE, AUDITOR_PATIENCE) == []


def test_a_number_finds_what_was_issued_and_nothing_else(runtime):
    records = {record.status: runtime.records.add(record) for record in one_in_each_state()}
    issued = {RecordStatus.CERTIFIED, RecordStatus.REVOKED}
    for status, record in records.items():
        if record.number:
            assert runtime.records.certified_as(record.number) == (record if status in issued else None)
    assert runtime.records.certified_as("no such number") is None


def test_a_person_is_known_once_verified(runtime):
    study, person = Study(), Person(id="person-1")
    assert runtime.persons.with_id("person-1") is None
    person.verify(study.verified)
    assert runtime.persons.with_id(runtime.persons.add(person).id) == person
