"""The time and calendar of China, by which people date things: study windows (R9), certificates (R30)."""

from datetime import date, datetime, timedelta, timezone

CHINA_TIME = timezone(timedelta(hours=8), "CST")  # no summer time since 1991


def china_date(time: datetime) -> date:
    """The day in China at an aware time."""
    return time.astimezone(CHINA_TIME).date()
