"""Collects the evidence of each study in its hours record, which is audited as soon as all has come (R28)."""

from datetime import datetime, timedelta

from services.certificate.application.personal_data import reseal
from services.certificate.domain import HoursRecord, Person
from services.certificate.domain.evidence import StudyEvent
from services.certificate.storage import HoursRecords, Persons
from shared.events.enrollment import DeclarationSubmitted
from shared.events.proctor import IdentityVerified
from shared.security.keyring import Keyring


def open_record(
    records: HoursRecords, persons: Persons, keyring: Keyring, declared: DeclarationSubmitted
) -> None:
    """建档. Raises Erased.

    The record is written before the person is read, `verify_identity` does the reverse: none is missed.
    """
    personal = reseal(keyring, declared)
    new = HoursRecord.of(declared, personal)
    records.upsert(new, lambda record: record.declare(declared, personal), because=declared)
    if person := persons.with_id(declared.person_id):
        _share_identity(records, declared.enrollment_id, person)


def verify_identity(records: HoursRecords, persons: Persons, verified: IdentityVerified) -> None:
    """实名认证: it holds for all records of the person (R16)."""
    new = Person(id=verified.person_id)
    person = persons.upsert(new, lambda person: person.verify(verified), because=verified)
    for record in records.of_person(verified.person_id):
        _share_identity(records, record.id, person)


def learn(records: HoursRecords, event: StudyEvent, now: datetime) -> None:
    """Something happened in a study. Raises NotFound until its declaration has come."""
    records.update(event.enrollment_id, lambda record: record.learn(event, now), because=event)


def audit_overdue(records: HoursRecords, now: datetime, auditor_patience: timedelta) -> None:
    """审核 of records whose study has ended but whose evidence has not all come in time (R28)."""
    for overdue in records.overdue(now, auditor_patience):
        records.update(overdue.id, lambda record: record.audit_overdue(now, auditor_patience))


def _share_identity(records: HoursRecords, record_id: str, person: Person) -> None:
    if identity := person.identity:
        records.update(record_id, lambda record: record.identify(identity))
