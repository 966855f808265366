"""Hours records and persons in MongoDB, and the bucket of certificates."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from services.certificate.domain import HoursRecord, Person, RecordStatus
from services.certificate.domain.access import scope_of
from services.certificate.domain.hours_record import PATIENCE
from shared.domain.principal import Principal
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

SERVICE = "certificate"
BUCKET = "xueshi-certificates"
MAX_OVERDUE = 100  # in one pass


class HoursRecords(Repository[HoursRecord]):
    """学时档案."""

    aggregate = HoursRecord
    document = document_of(
        HoursRecord,
        "hours_files",
        service=SERVICE,
        indexes=[
            {"fields": ["person_id"]},
            {"fields": ["organisation", "status"]},
            {"fields": ["status", "study_known_at"]},
            {
                "fields": ["number"],
                "unique": True,
                "name": "one_number",
                "partialFilterExpression": {"number": {"$type": "string"}},
            },
        ],
    )

    def of_person(self, person_id: str) -> Iterator[HoursRecord]:
        """Of all enrolments of a person."""
        return self.each(person_id=person_id)

    def visible_to(self, principal: Principal, status: RecordStatus | None, page: int) -> list[HoursRecord]:
        """Those that somebody may see, of one status where one is asked for; pages of 50, from 1."""
        asked = {"status": status.value} if status else {}
        seen = {name: {"$in": list(values)} for name, values in scope_of(principal).items()}
        where: dict[str, Any] = {"$and": [seen, asked]}
        return self.page(page, **where)

    def overdue(self, now: datetime, auditor_patience: timedelta) -> list[HoursRecord]:
        """Those whose evidence has not all come: `PATIENCE` after the end of the study became known when the
        auditor has spoken, else `auditor_patience` after it; oldest first."""
        heard: dict[str, Any] = {"evidence.derivation": {"$type": "object"}}
        where: dict[str, Any] = {
            "status": RecordStatus.COLLECTING.value,
            "study_known_at": {"$lte": now - PATIENCE},
            "$or": [heard, {"study_known_at": {"$lte": now - auditor_patience}}],
        }
        return self.find(order="study_known_at", limit=MAX_OVERDUE, **where)

    def certified_as(self, number: str) -> HoursRecord | None:
        """The record whose certificate was issued under this number, also when it was revoked since."""
        record = self.first(number=number)
        return record if record and record.certificate else None


class Persons(Repository[Person]):
    """学员."""

    aggregate = Person
    document = document_of(Person, "persons", service=SERVICE)

    def with_id(self, person_id: str) -> Person | None:
        """The person, if one was verified."""
        return self.first(_id=person_id)
