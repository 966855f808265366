"""A lease in the service's own database."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.clock import Clock, utc_now

LEASE = timedelta(seconds=5)


class Lease:
    """Only one process does the work at a time; a late one must be harmless to it (no fence)."""

    def __init__(self, collection: Any, clock: Clock = utc_now) -> None:
        self._leases, self._owner, self._clock = collection, secrets.token_hex(8), clock
        self._renew_at: datetime | None = None

    def held(self) -> bool:
        """Take or renew the lease (written at half-time); False while another process holds it."""
        now = self._clock()
        if self._renew_at and now < self._renew_at:
            return True
        self._renew_at = now + LEASE / 2 if self._take(now) else None
        return self._renew_at is not None

    def _take(self, now: datetime) -> bool:
        mine = {"_id": "relay", "$or": [{"owner": self._owner}, {"until": {"$lt": now}}]}
        with suppress(DuplicateKeyError):
            self._leases.update_one(mine, {"$set": {"owner": self._owner, "until": now + LEASE}}, upsert=True)
            return True
        return False
