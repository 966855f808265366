"""Training plans in MongoDB (R1)."""

from collections.abc import Iterator

from services.enrollment.domain import Mode, Plan
from services.enrollment.storage.database import SERVICE, stated
from shared.events.terms import LicenceCategory
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository


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
        where = stated(
            organisation=organisation, batch=batch, category=category, specialty=specialty, mode=mode
        )
        return self.page(page, order="-class_opens_at", **where)

    def with_taken_seats(self) -> Iterator[Plan]:
        """Those of which somebody holds a seat."""
        return self.each(taken={"$ne": {}})
