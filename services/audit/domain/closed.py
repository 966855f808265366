"""When a play session could earn nothing, because of its face checks (R17, R18).

Times are milliseconds since 1970 (UTC).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.audit.domain.intervals import Interval
from shared.events.base import Event
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, FaceCheckRequested, Moment

CheckEvent = FaceCheckRequested | FaceCheckPassed | FaceCheckFailed

TRANSIT_MS = 5_000  # an event may take this long from the service that asks for a check to the one that plays
SKEW_MS = 1_000  # two machines' clocks may differ by this much
FOREVER = 1 << 62


def milliseconds(time: datetime) -> int:
    """Milliseconds since 1970, exact for the times that our services write."""
    seconds = int(time.timestamp())
    return seconds * 1000 + time.microsecond // 1000


@dataclass
class _Check:
    """One face check as the log tells it."""

    moment: Moment
    requested: int | None = None
    passed: int | None = None
    failed: int | None = None

    def closed(self) -> Interval:
        """The wall-clock time in which its session could earn nothing."""
        missing = self.failed is not None or self.passed is None
        return self._opened(), FOREVER if missing else (self.passed or 0) - SKEW_MS

    def _opened(self) -> int:
        """A session begins with its start check open; another check opens once it has reached the player."""
        asked = [at for at in (self.requested, self.passed, self.failed) if at is not None]
        return -FOREVER if self.moment is Moment.START else min(asked) + TRANSIT_MS


def closed_times(events: Iterable[Event]) -> dict[str, list[Interval]]:
    """For each session that proctor knows: when no second could be earned in it."""
    checks: dict[tuple[str, str], _Check] = {}
    for event in events:
        if isinstance(event, CheckEvent):
            key = (event.session_id, event.check_id)
            _note(checks.setdefault(key, _Check(event.moment)), event)
    closed: defaultdict[str, list[Interval]] = defaultdict(list)
    for (session_id, _), check in checks.items():
        closed[session_id].append(check.closed())
    return {session: _with_start(times, session, checks) for session, times in closed.items()}


def _with_start(times: list[Interval], session: str, checks: dict[tuple[str, str], _Check]) -> list[Interval]:
    """A session without a start check is closed throughout."""
    moments = {check.moment for (of, _), check in checks.items() if of == session}
    return times if Moment.START in moments else [*times, (-FOREVER, FOREVER)]


def _note(check: _Check, event: CheckEvent) -> None:
    at = milliseconds(event.published.time)
    if isinstance(event, FaceCheckRequested):
        check.requested = at
    elif isinstance(event, FaceCheckPassed):
        check.passed = at
    else:
        check.failed = at
