"""Outages, and the watch that notices them, in MongoDB (R9)."""

from datetime import datetime

from services.enrollment.domain.health_watch import HealthWatch
from services.enrollment.domain.outage import Outage
from services.enrollment.storage.database import SERVICE
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

MAX_UNSETTLED = 100


class Outages(Repository[Outage]):
    """故障记录."""

    aggregate = Outage
    document = document_of(
        Outage,
        "outages",
        service=SERVICE,
        indexes=[{"fields": ["-began_at"]}, {"fields": ["settled", "ended_at"]}],
    )

    def newest(self, page: int, *, since: datetime | None = None) -> list[Outage]:
        """The newest first, of all or of those that began since then; pages of 50, from 1."""
        return self.page(page, order="-began_at", **({"began_at": {"$gte": since}} if since else {}))

    def unsettled(self) -> list[Outage]:
        """Ended, and perhaps not yet known to every enrolment; at most 100."""
        return self.find(order="ended_at", limit=MAX_UNSETTLED, settled=False, ended_at={"$ne": None})

    def is_under_way(self) -> bool:
        """Whether one has not ended yet."""
        return self.first(settled=False, ended_at=None) is not None


class HealthWatches(Repository[HealthWatch]):
    """系统监测: one document."""

    aggregate = HealthWatch
    document = document_of(HealthWatch, "health_watches", service=SERVICE)
