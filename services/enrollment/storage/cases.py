"""Conduct, and the cases that come of it, in MongoDB (R26)."""

from datetime import datetime
from typing import Any

from services.enrollment.domain.case import AWAITED, BARRING, Case, CaseStatus
from services.enrollment.domain.conduct import Conduct
from services.enrollment.storage.database import SERVICE
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

MAX_EXPIRING = 500


class Conducts(Repository[Conduct]):
    """行为档案."""

    aggregate = Conduct
    document = document_of(Conduct, "conducts", service=SERVICE)


class Cases(Repository[Case]):
    """作弊案件."""

    aggregate = Case
    document = document_of(
        Case,
        "cases",
        service=SERVICE,
        indexes=[
            {"fields": ["person_id", "status", "barred_until"]},
            {"fields": ["status", "due_at"]},
            {"fields": ["expired_at", "barred_until"]},
        ],
    )

    def search(self, page: int, *, status: CaseStatus | None, overdue_at: datetime | None) -> list[Case]:
        """Those in a status, of those that were overdue at a time if asked; most urgent first, 50 a page."""
        where: dict[str, Any] = {"status": status.value} if status else {}
        if overdue_at is not None:
            where = {"status": {"$in": [awaited.value for awaited in AWAITED if status in (None, awaited)]}}
            where |= {"due_at": {"$lt": overdue_at}}
        return self.page(page, order="due_at", **where)

    def of_person(self, person_id: str, page: int) -> list[Case]:
        """Those of a person, the newest first; 50 a page."""
        return self.page(page, order="-opened_at", person_id=person_id)

    def barred_until(self, person_id: str, now: datetime) -> datetime | None:
        """Until when the person is on the blacklist; None for one who is not (R26)."""
        entry = self.first(
            order="-barred_until",
            person_id=person_id,
            status={"$in": [status.value for status in BARRING]},
            barred_until={"$gt": now},
        )
        return entry.barred_until if entry else None

    def in_force(self, page: int, now: datetime) -> list[Case]:
        """黑名单: the entries in force; the first to end first; 50 a page."""
        barring = [status.value for status in BARRING]
        return self.page(page, order="barred_until", status={"$in": barring}, barred_until={"$gt": now})

    def expiring(self, now: datetime) -> list[Case]:
        """Entries on the blacklist whose time is over; at most 500."""
        return self.find(
            order="barred_until",
            limit=MAX_EXPIRING,
            status={"$in": [status.value for status in BARRING]},
            expired_at=None,
            barred_until={"$lte": now},
        )
