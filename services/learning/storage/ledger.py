"""The ledger of credited seconds in MongoDB."""

from services.learning.domain.ledger import Interval, LedgerBatch
from services.learning.storage.service import SERVICE
from shared.persistence.documents import document_of
from shared.persistence.repository import PAGE_SIZE, Repository


class Ledger(Repository[LedgerBatch]):
    """学时台账: the published batches of play sessions, by session and number."""

    aggregate = LedgerBatch
    document = document_of(
        LedgerBatch,
        "ledger",
        service=SERVICE,
        indexes=[{"fields": ["enrollment_id", "began_at", "_id"], "name": "enrollment"}],
    )

    def pages(self, enrollment_id: str) -> int:
        """How many pages an enrolment has, at least one."""
        batches: int = self.rows.count_documents({"enrollment_id": enrollment_id})
        return max(1, -(-batches // PAGE_SIZE))

    def page_of(self, enrollment_id: str, number: int) -> list[LedgerBatch]:
        """A page, from 1; the oldest batch first."""
        rows = self.rows.find({"enrollment_id": enrollment_id}).sort([("began_at", 1), ("_id", 1)])
        return [self.to_domain(row) for row in rows.skip(PAGE_SIZE * (number - 1)).limit(PAGE_SIZE)]

    def totals(self, enrollment_id: str) -> dict[str, tuple[list[Interval], int]]:
        """By lesson: what its batches earned, each for itself, and how many reports were refused."""
        by_lesson = {"_id": "$lesson_id", "earned": {"$push": "$earned"}, "refused": {"$sum": "$refused"}}
        rows = self.rows.aggregate([{"$match": {"enrollment_id": enrollment_id}}, {"$group": by_lesson}])
        return {
            row["_id"]: ([Interval(**part) for parts in row["earned"] for part in parts], row["refused"])
            for row in rows
        }

    def has(self, id: str) -> bool:
        """Whether this batch has arrived."""
        return bool(self.rows.count_documents({"_id": id}, limit=1))
