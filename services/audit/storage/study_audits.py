"""Studies that the auditor derives, and how far the log has been searched for them."""

from datetime import datetime
from typing import Any

from mongoengine.connection import get_db
from pymongo import ASCENDING

from services.audit.domain.study_audit import StudyAudit
from services.audit.storage.documents import SERVICE
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

CURSOR = "studies"  # the id of its document


class StudyAudits(Repository[StudyAudit]):
    """学时复核."""

    aggregate = StudyAudit
    document = document_of(
        StudyAudit,
        "study_audits",
        service=SERVICE,
        indexes=[{"fields": ["due_at"]}, {"fields": ["person_id"]}],
    )

    def due(self, now: datetime, limit: int) -> list[str]:
        """The ids of those that are to be derived; those that wait longest first."""
        rows = self.rows.find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at", ASCENDING).limit(limit)
        return [row["_id"] for row in rows]

    def known(self, enrollment_ids: list[str], person_ids: list[str]) -> list[tuple[str, str]]:
        """Id and person of those that are theirs."""
        where = {"$or": [{"_id": {"$in": enrollment_ids}}, {"person_id": {"$in": person_ids}}]}
        return [(row["_id"], row["person_id"]) for row in self.rows.find(where, {"person_id": 1})]


class Cursor:
    """How far the log has been searched: one document. It only goes on; whoever is late changes nothing."""

    def ensure_indexes(self) -> None:
        """The primary key is all that is asked by."""

    def position(self) -> int:
        """Of the last entry that was searched; 0 before the first."""
        row = self._rows.find_one({"_id": CURSOR})
        return int(row["position"]) if row else 0

    def advance(self, position: int) -> None:
        """Everything up to there has had its effect."""
        self._rows.update_one({"_id": CURSOR}, {"$max": {"position": position}}, upsert=True)

    @property
    def _rows(self) -> Any:
        return get_db(SERVICE)["cursors"]
