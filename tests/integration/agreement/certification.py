"""Certificate, on its own aggregates: a record that takes the events of a log as evidence."""

from collections.abc import Iterable
from datetime import datetime

from services.certificate.domain import HoursRecord
from services.certificate.tests.builders import Study, take
from shared.events.base import Event


def record_of(enrolment: str, person: str, events: Iterable[Event], now: datetime) -> HoursRecord:
    """The hours record once these events have come to it, in this order."""
    record = Study(enrolment, person).record()
    for event in events:
        take(record, event, now)
    if study := record.evidence.study:  # the auditor is compared with the log by itself
        heard = Study(enrolment, person).derivation(
            compulsory_ms=study.compulsory_ms, elective_ms=study.elective_ms
        )
        take(record, heard, now)
    return record
