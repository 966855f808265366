"""The study window: calendar months from class opening, during which its clock can be stopped (R9)."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.domain.china_time import CHINA_TIME


@dataclass(frozen=True, kw_only=True)
class Pause:
    """停计: [began_at, ended_at) is not counted: our outage, or a suspension that was lifted (R9, R26)."""

    began_at: datetime
    ended_at: datetime
    outage_id: str | None = None


def months_later(time: datetime, months: int) -> datetime:
    """The same local day and time `months` later in China, or that month's last day."""
    local = time.astimezone(CHINA_TIME)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last)).astimezone(time.tzinfo)


def closes_with_pauses(closes_at: datetime, pauses: Iterable[Pause]) -> datetime:
    """When a window that would close at `closes_at` closes, with its clock stopped during each pause (R9).

    What several pauses share counts once; a pause that begins when the window is over counts for nothing. The
    order in which pauses became known makes no difference.
    """
    counted_until: datetime | None = None
    for pause in sorted(pauses, key=lambda pause: pause.began_at):
        began_at = max(pause.began_at, counted_until) if counted_until else pause.began_at
        if began_at < closes_at and began_at < pause.ended_at:
            closes_at += pause.ended_at - began_at
            counted_until = pause.ended_at
    return closes_at
