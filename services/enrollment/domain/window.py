"""The study window: calendar months from class opening (R9)."""

import calendar
from datetime import datetime
from zoneinfo import ZoneInfo

CALENDAR = ZoneInfo("Asia/Shanghai")  # the guide's months are China's


def study_window_closes(opens_at: datetime, months: int) -> datetime:
    """The same local day and time `months` later, or that month's last day."""
    local = opens_at.astimezone(CALENDAR)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last)).astimezone(opens_at.tzinfo)
