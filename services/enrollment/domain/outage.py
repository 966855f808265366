"""故障: a time in which learners could not learn because of us; each open window is extended by it (R9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.enrollment.domain.errors import OutageOver, OutageTimesInvalid
from services.enrollment.domain.window import Pause
from shared.domain.aggregate import Aggregate
from shared.events.enrollment import OutageBegan, OutageRecorded, OutageSource

SETTLING = timedelta(minutes=2)  # enrolments that became active in an outage are written by then


@dataclass(kw_only=True)
class Outage(Aggregate):
    """故障: noticed by the system, or recorded by an operator."""

    source: OutageSource
    component: str  # what was down
    reason: str
    began_at: datetime
    recorded_by: str | None = None  # the operator's account
    ended_at: datetime | None = None
    known_at: datetime | None = None  # when its end was recorded
    settled: bool = False  # every enrolment knows it

    def begin(self, now: datetime, *, within: timedelta | None = None) -> None:
        """故障开始. Raises OutageTimesInvalid for a time to come, or longer ago than `within`."""
        earliest = now - within if within else self.began_at
        if not earliest <= self.began_at <= now:
            raise OutageTimesInvalid(earliest=earliest, latest=now)
        self.record(
            OutageBegan(
                outage_id=self.id,
                began_at=self.began_at,
                source=self.source,
                component=self.component,
                reason=self.reason,
                recorded_by=self.recorded_by,
            )
        )

    def end(self, ended_at: datetime, now: datetime, recorded_by: str | None = None) -> None:
        """故障结束: its length is known. Raises OutageOver, OutageTimesInvalid."""
        if self.ended_at is not None:
            raise OutageOver(ended_at=self.ended_at)
        if not self.began_at <= ended_at <= now:
            raise OutageTimesInvalid(earliest=self.began_at, latest=now)
        self.ended_at, self.known_at = ended_at, now
        self.record(
            OutageRecorded(
                outage_id=self.id,
                began_at=self.began_at,
                ended_at=ended_at,
                source=self.source,
                component=self.component,
                reason=self.reason,
                recorded_by=recorded_by,
            )
        )

    @property
    def pause(self) -> Pause:
        """What it takes out of each window."""
        assert self.ended_at is not None
        return Pause(began_at=self.began_at, ended_at=self.ended_at, outage_id=self.id)

    def settle(self, now: datetime) -> None:
        """Every enrolment that was active in it has been told by now; early on, others may yet appear."""
        if self.known_at is not None and self.known_at + SETTLING <= now:
            self.settled = True
