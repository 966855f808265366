"""Where questions to practise with, practices and live sessions are kept."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.learning.domain.live import LiveSession
from services.learning.domain.practice import Practice, PracticeCount, PracticeQuestion
from services.learning.storage.service import SERVICE
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository


class PracticeQuestions(Repository[PracticeQuestion]):
    """Questions to practise with, by id."""

    aggregate = PracticeQuestion
    document = document_of(
        PracticeQuestion,
        "practice_questions",
        service=SERVICE,
        indexes=[{"fields": ["course_id", "retired", "specialty"], "name": "course"}],
    )

    def has(self, id: str) -> bool:
        """Whether there is such a question."""
        return bool(self.rows.count_documents({"_id": id}, limit=1))

    def count(self, course_id: str) -> int:
        """Of a course, retired ones among them."""
        count: int = self.rows.count_documents({"course_id": course_id})
        return count

    def draw(self, course_id: str, specialty: str | None, count: int) -> list[PracticeQuestion]:
        """So many at random, each at most once."""
        where: dict[str, Any] = {"course_id": course_id, "retired": False}
        where |= {"specialty": specialty} if specialty else {}
        return [
            self.to_domain(row)
            for row in self.rows.aggregate([{"$match": where}, {"$sample": {"size": count}}])
        ]


class Practices(Repository[Practice]):
    """Practices by id."""

    aggregate = Practice
    document = document_of(
        Practice,
        "practices",
        service=SERVICE,
        indexes=[{"fields": ["person_id", "-started_at"], "name": "person"}],
    )

    def count_since(self, person_id: str, since: datetime) -> int:
        """How many the person has started since then."""
        count: int = self.rows.count_documents({"person_id": person_id, "started_at": {"$gt": since}})
        return count

    def counts(self, person_id: str, enrollment_id: str) -> tuple[int, list[PracticeCount]]:
        """How many practices, and how many of their questions were answered, and rightly, by specialty."""
        mine = {"person_id": person_id, "enrollment_id": enrollment_id}
        answered = {"$ne": ["$items.chosen", None]}
        right = {"$and": [answered, {"$eq": ["$items.chosen", "$items.answer"]}]}
        stages = [
            {"$match": mine},
            {"$unwind": "$items"},
            {
                "$group": {
                    "_id": "$items.specialty",
                    "answered": {"$sum": {"$cond": [answered, 1, 0]}},
                    "right": {"$sum": {"$cond": [right, 1, 0]}},
                }
            },
            {"$sort": {"_id": 1}},
        ]
        found = [
            PracticeCount(specialty=row["_id"], answered=row["answered"], right=row["right"])
            for row in self.rows.aggregate(stages)
        ]
        return self.rows.count_documents(mine), found


class LiveSessions(Repository[LiveSession]):
    """Live sessions by id."""

    aggregate = LiveSession
    document = document_of(
        LiveSession,
        "live_sessions",
        service=SERVICE,
        indexes=[{"fields": ["course_id", "ends_at"], "name": "course"}],
    )

    def upcoming(self, course_ids: Collection[str], now: datetime, page: int) -> list[LiveSession]:
        """Of these courses, what is not over, in the order in which it ends."""
        return self.page(page, order="ends_at", course_id={"$in": sorted(course_ids)}, ends_at={"$gt": now})
