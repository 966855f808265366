"""Enrolments in MongoDB (R5–R9)."""

from collections.abc import Collection, Iterator
from datetime import datetime

from services.enrollment.domain import Enrollment, Status
from services.enrollment.domain.access import scope_of
from services.enrollment.domain.errors import SecondDeclaration
from services.enrollment.domain.status import INTERRUPTED
from services.enrollment.domain.window import Pause
from services.enrollment.storage.database import SERVICE, stated
from shared.domain.principal import Principal
from shared.events.terms import LicenceCategory
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

MAX_OPENED_AT_ONCE = 500
MAX_EXPIRED_AT_ONCE = 500
# Holds rule R6 whatever the concurrency.
ONE_OPEN_DECLARATION = {
    "fields": ["person_id", "open_category"],
    "unique": True,
    "name": "one_open_declaration",
    "partialFilterExpression": {"open_category": {"$type": "string"}},
}


class Enrollments(Repository[Enrollment]):
    """报名."""

    aggregate = Enrollment
    document = document_of(
        Enrollment,
        "enrollments",
        service=SERVICE,
        indexes=[
            ONE_OPEN_DECLARATION,
            {"fields": ["plan_id", "status"]},
            {"fields": ["status", "paid", "class_opens_at"]},
            {"fields": ["status", "closes_at"]},
        ],
    )
    conflicts = {"one_open_declaration": SecondDeclaration}

    def visible_to(
        self, principal: Principal, page: int, *, plan_id: str | None = None, status: Status | None = None
    ) -> list[Enrollment]:
        """Those that somebody may see, of a plan and in a status if asked; pages of 50, from 1 (R5)."""
        where = stated(plan_id=plan_id, status=status) | scope_of(principal)
        return self.page(page, **where)

    def has_open(self, person_id: str, category: LicenceCategory) -> bool:
        """Whether the person has an open declaration of this licence category (R6)."""
        return self.first(person_id=person_id, open_category=category.value) is not None

    def ready_to_open(self, now: datetime) -> list[Enrollment]:
        """Approved, paid, and the class has started: oldest class first, at most 500 (R8)."""
        return self.find(
            order="class_opens_at",
            limit=MAX_OPENED_AT_ONCE,
            status=Status.APPROVED.value,
            paid=True,
            class_opens_at={"$lte": now},
        )

    def closed(self, by: datetime) -> list[Enrollment]:
        """Active ones whose study window was over by then, the oldest first, at most 500 (R9)."""
        return self.find(
            order="closes_at",
            limit=MAX_EXPIRED_AT_ONCE,
            status=Status.ACTIVE.value,
            closes_at={"$lte": by},
        )

    def open_during(self, outage: Pause) -> Iterator[Enrollment]:
        """Those whose window was open in a part of an outage that they have not heard of (R9)."""
        statuses = [status.value for status in (Status.ACTIVE, *sorted(INTERRUPTED))]
        return self.each(
            status={"$in": statuses},
            closes_at={"$gt": outage.began_at},
            active_since={"$lt": outage.ended_at},
            **{"pauses.outage_id": {"$ne": outage.outage_id}},
        )

    def existing(self, ids: Collection[str]) -> set[str]:
        """Which of these ids are enrolments."""
        return {row["_id"] for row in self.rows.find({"_id": {"$in": list(ids)}}, {"_id": 1})}
