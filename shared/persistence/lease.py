"""A lease in the service's own database: one process at a time does a piece of work."""

import secrets
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

LEASE = timedelta(seconds=5)
HOLDER = "holder"  # the id of the document
MILLISECOND = timedelta(milliseconds=1)


class Lease:
    """The only document of its collection. There is no fence: a process that comes late must do no harm.

    It runs by the database's clock: a holder whose own is an hour ahead would keep others out for an hour.
    """

    def __init__(self, collection: Any) -> None:
        self._leases, self._owner = collection, secrets.token_hex(8)
        self._renew_at: float | None = None  # time.monotonic()

    def held(self) -> bool:
        """Take or renew the lease (written at half-time); False while another process holds it."""
        now = time.monotonic()
        if self._renew_at and now < self._renew_at:
            return True
        self._renew_at = now + LEASE.total_seconds() / 2 if self._take() else None
        return self._renew_at is not None

    def _take(self) -> bool:
        """One atomic write, which leaves another's running lease as it is."""
        free = {"$or": [{"$eq": ["$owner", self._owner]}, {"$lt": ["$until", "$$NOW"]}]}
        until = {"$add": ["$$NOW", LEASE // MILLISECOND]}
        mine = {"owner": self._owner, "until": until}
        change = {name: {"$cond": [free, value, f"${name}"]} for name, value in mine.items()}
        with suppress(DuplicateKeyError):  # both were the first
            found = self._leases.find_one_and_update(
                {"_id": HOLDER}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
            )
            return bool(found["owner"] == self._owner)
        return False
