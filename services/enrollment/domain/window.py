"""The study window: calendar months from class opening (R9)."""

import calendar
from datetime import datetime

from shared.domain.china_time import CHINA_TIME


def study_window_closes(opens_at: datetime, months: int) -> datetime:
    """The same local day and time `months` later in China, or that month's last day."""
    local = opens_at.astimezone(CHINA_TIME)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last)).astimezone(opens_at.tzinfo)
