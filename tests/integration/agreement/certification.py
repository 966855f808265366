"""The auditor and certificate, each on its own aggregates, about the events of a log."""

from datetime import datetime
from random import Random

from services.audit.domain import Head, derive_hours
from services.audit.domain.study_audit import Derived, StudyAudit, Waiting
from services.certificate.domain import HoursRecord
from services.certificate.tests.builders import take
from shared.events.audit import StudyDerived
from shared.events.base import Event, Meta
from shared.events.enrollment import DeclarationSubmitted
from tests.integration.agreement.simulation import ENROLMENT, PERSON


def derivation(log: list[Event], now: datetime) -> StudyDerived:
    """What the auditor publishes about a completed study."""
    hours, position = derive_hours(ENROLMENT, log), len(log)
    audit = StudyAudit.of(ENROLMENT, PERSON, position, now)
    head = Head(position=position, hash="0" * 64, stream_offset=position)
    audit.conclude(Derived(hours=hours, gaps=[], head=head), now + Waiting().deadline, Waiting())
    (derived,) = audit.events
    assert isinstance(derived, StudyDerived)
    meta = Meta(id="derived", source="audit", type=derived.TYPE, subject=ENROLMENT, sequence=1, time=now)
    return StudyDerived(**vars(derived) | {"meta": meta})


def audited(log: list[Event], chance: Random, now: datetime) -> list[Event]:
    """What certificate publishes once all of a log has come to it, in any order."""
    declared = next(event for event in log if isinstance(event, DeclarationSubmitted))
    record = HoursRecord.of(declared, "sealed")
    for event in chance.sample(log, len(log)):
        take(record, event, now)
    return record.events
