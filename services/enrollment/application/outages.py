"""故障: noticed or recorded, and what each open study window gets for it (R9).

**Exactly once.** An enrolment remembers the outages that it knows, within the write that extends its window.
So any number of processes may tell it, as often as they like, and one that dies half-way leaves the rest to
the next round. An outage is told for some minutes after its end: an enrolment may become active in it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from services.enrollment.application.reinstating import update_beside_newer
from services.enrollment.domain.health_watch import Downtime, HealthWatch, WatchLimits
from services.enrollment.domain.outage import Outage
from services.enrollment.domain.window import Pause
from services.enrollment.storage import Enrollments, HealthWatches, Outages
from shared.domain.principal import Principal
from shared.events.enrollment import OutageSource


@dataclass(frozen=True, kw_only=True)
class OutageForm:
    """故障登记: what an operator states; still going on while `ended_at` is None."""

    component: str
    reason: str
    began_at: datetime
    ended_at: datetime | None


def record(
    outages: Outages, form: OutageForm, operator: Principal, now: datetime, *, within: timedelta
) -> Outage:
    """故障登记 by an operator. Raises OutageTimesInvalid."""
    outage = Outage(
        id=token_hex(16),
        source=OutageSource.OPERATOR,
        component=form.component,
        reason=form.reason,
        began_at=_in_milliseconds(form.began_at),
        recorded_by=operator.account_id,
    )
    outage.begin(now, within=within)
    if form.ended_at is not None:
        outage.end(_in_milliseconds(form.ended_at), now, operator.account_id)
    return outages.add(outage)


def end(
    outages: Outages, outage_id: str, operator: Principal, ended_at: datetime | None, now: datetime
) -> Outage:
    """故障结束, now or at an earlier time. Raises NotFound, OutageOver, OutageTimesInvalid."""
    at = _in_milliseconds(ended_at) if ended_at else now
    return outages.update_and_get(outage_id, lambda outage: outage.end(at, now, operator.account_id))


def look(
    watches: HealthWatches, outages: Outages, away: Collection[str], now: datetime, limits: WatchLimits
) -> None:
    """系统监测: note what is away, and record what has been away too long.

    What was noted is written before the outage is: a process that dies in between leaves it to the next look.
    """
    watch = watches.upsert(HealthWatch(), lambda watch: watch.look(away, now, limits))
    for downtime in watch.downtimes:
        _record_downtime(outages, downtime, now)
    if watch.downtimes:
        watches.update(watch.id, lambda current: current.forget(watch.downtimes))


def tell_enrollments(outages: Outages, enrollments: Enrollments, now: datetime) -> None:
    """故障顺延: extend the windows that were open in an outage, each once for it."""
    for outage in outages.unsettled():
        for enrollment in enrollments.open_during(outage.pause):
            _extend(enrollments, enrollment.id, outage.pause, now)
        outages.update(outage.id, lambda outage: outage.settle(now))


def _extend(enrollments: Enrollments, enrollment_id: str, pause: Pause, now: datetime) -> None:
    update_beside_newer(
        enrollments, enrollment_id, lambda enrollment: enrollment.extend_for_outages([pause], now)
    )


def _in_milliseconds(time: datetime) -> datetime:
    """In UTC, as the database and the events have it."""
    return time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)


def _record_downtime(outages: Outages, downtime: Downtime, now: datetime) -> None:
    """Its id says which downtime it is, so that it is one outage, however often it is noticed."""
    outage = Outage(
        id=f"{downtime.component}-{int(downtime.began_at.timestamp() * 1000)}",
        source=OutageSource.MONITOR,
        component=downtime.component,
        reason=f"{downtime.component} 无法访问 did not answer",
        began_at=downtime.began_at,
    )
    outages.upsert(outage, lambda outage: _bring_up_to_date(outage, downtime, now))


def _bring_up_to_date(outage: Outage, downtime: Downtime, now: datetime) -> None:
    if outage.sequence == 0 and not outage.events:
        outage.begin(now)
    if downtime.ended_at is not None and outage.ended_at is None:
        outage.end(downtime.ended_at, now)
