"""Plans and enrolments in MongoDB."""

from collections.abc import Collection, Iterator
from datetime import datetime

from services.enrollment.domain import Enrollment, Mode, Plan, Status
from services.enrollment.domain.access import scope_of
from services.enrollment.domain.errors import SecondDeclaration
from shared.domain.principal import Principal
from shared.events.terms import LicenceCategory
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

SERVICE = "enrollment"
MAX_OPENED_AT_ONCE = 500
MAX_EXPIRED_AT_ONCE = 500
# Holds rule R6 whatever the concurrency.
ONE_OPEN_DECLARATION = {
    "fields": ["person_id", "open_category"],
    "unique": True,
    "name": "one_open_declaration",
    "partialFilterExpression": {"open_category": {"$type": "string"}},
}


class Plans(Repository[Plan]):
    """培训计划."""

    aggregate = Plan
    document = document_of(
        Plan,
        "plans",
        service=SERVICE,
        indexes=[{"fields": ["organisation", "batch"]}, {"fields": ["-class_opens_at"]}],
    )

    def search(
        self,
        page: int,
        *,
        organisation: str | None = None,
        batch: str | None = None,
        category: LicenceCategory | None = None,
        specialty: str | None = None,
        mode: Mode | None = None,
    ) -> list[Plan]:
        """Those that match whatever is not None, newest class first; pages of 50, from 1."""
        where = _stated(
            organisation=organisation, batch=batch, category=category, specialty=specialty, mode=mode
        )
        return self.page(page, order="-class_opens_at", **where)

    def with_taken_seats(self) -> Iterator[Plan]:
        """Those of which somebody holds a seat."""
        return self.each(taken={"$ne": {}})


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
        where = _stated(plan_id=plan_id, status=status) | scope_of(principal)
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

    def existing(self, ids: Collection[str]) -> set[str]:
        """Which of these ids are enrolments."""
        return {row["_id"] for row in self.rows.find({"_id": {"$in": list(ids)}}, {"_id": 1})}


def _stated(**criteria: str | None) -> dict[str, str]:
    return {name: str(value) for name, value in criteria.items() if value is not None}
