"""What holds for a person in all records: whether the identity has been verified (R16)."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.aggregate import Aggregate
from shared.events.proctor import IdentityVerified


@dataclass(frozen=True, kw_only=True)
class Identity:
    """实名认证: the first verification and the event that says so."""

    event_id: str
    verified_at: datetime


@dataclass(kw_only=True)
class Person(Aggregate):
    """学员; its id is the person's. It exists because IdentityVerified names no enrolment."""

    identity: Identity | None = None

    def verify(self, event: IdentityVerified) -> None:
        """实名认证通过; the earliest counts, in whatever order they come."""
        new = Identity(event_id=event.published.id, verified_at=event.published.time)
        if self.identity is None or new.verified_at < self.identity.verified_at:
            self.identity = new
