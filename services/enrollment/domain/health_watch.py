"""系统监测: looks at what learners need to learn, and notices when it was away (R9).

It looks every few seconds and keeps when it looked last. A component that does not answer was lost somewhere
after the look before, and counts as away from that look until the first one at which it answers again: in the
learner's favour, by at most one interval. When there was no look at all for too long, the whole system was
away: nobody was there to notice.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.aggregate import Aggregate

SYSTEM = "system"
ID = "watch"


@dataclass(frozen=True, kw_only=True)
class Downtime:
    """停机: a component was away; still is, while `ended_at` is unknown."""

    component: str
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WatchLimits:
    """What is too short to be an outage: unspent time of a session covers it (R23)."""

    shortest: timedelta  # of a component that is away
    gap: timedelta  # between two looks


@dataclass(kw_only=True)
class HealthWatch(Aggregate):
    """系统监测; there is one."""

    id: str = ID
    looked_at: datetime | None = None
    away: dict[str, datetime] = field(default_factory=dict)  # component → since when
    downtimes: list[Downtime] = field(default_factory=list)  # noticed, and not yet recorded as outages

    def look(self, away: Collection[str], now: datetime, limits: WatchLimits) -> None:
        """`away`: what does not answer now. A look that comes late, after a later one, changes nothing."""
        before = self.looked_at or now
        if now < before:
            return
        if now - before > limits.gap:
            self.downtimes.append(Downtime(component=SYSTEM, began_at=before, ended_at=now))
        for component in away:
            self.away.setdefault(component, before)
        for component, began_at in list(self.away.items()):
            self._notice(component, began_at, now, limits, back=component not in away)
        self.looked_at = now

    def forget(self, recorded: Collection[Downtime]) -> None:
        """These are outages now."""
        self.downtimes = [downtime for downtime in self.downtimes if downtime not in recorded]

    def _notice(
        self, component: str, began_at: datetime, now: datetime, limits: WatchLimits, *, back: bool
    ) -> None:
        if back:
            del self.away[component]
        if now - began_at >= limits.shortest:
            downtime = Downtime(component=component, began_at=began_at, ended_at=now if back else None)
            self.downtimes.append(downtime)
