"""直播空间: notices of live sessions, beside the lessons; they earn no hours (R27)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from services.learning.domain.course_errors import LiveInvalid, LiveOver
from shared.domain.aggregate import Aggregate

MAX_MINUTES = 600
MAX_AHEAD = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class LiveNotice:
    """直播预告: what learners are told. `specialty`: None for all of the course."""

    title: str
    lecturer: str
    starts_at: datetime
    minutes: int
    link: str
    specialty: str | None

    @property
    def ends_at(self) -> datetime:
        """As announced."""
        return self.starts_at + timedelta(minutes=self.minutes)

    def check(self, now: datetime) -> None:
        """Raises LiveInvalid, which names the field and its rule."""
        rules = {
            "minutes": (1 <= self.minutes <= MAX_MINUTES, f"1 to {MAX_MINUTES} minutes"),
            "starts_at": (now < self.starts_at <= now + MAX_AHEAD, "in the future, within a year"),
            "link": (_is_https(self.link), "an https address"),
        }
        for name, (valid, rule) in rules.items():
            if not valid:
                raise LiveInvalid(field=name, rule=rule)


@dataclass(kw_only=True)
class LiveSession(Aggregate):
    """直播: one live session of a course."""

    organisation: str
    course_id: str
    notice: LiveNotice
    ends_at: datetime  # the notice's, to query by
    cancelled_at: datetime | None = None

    @classmethod
    def announce(
        cls, id: str, *, organisation: str, course_id: str, notice: LiveNotice, now: datetime
    ) -> "LiveSession":
        """发布预告. Raises LiveInvalid."""
        notice.check(now)
        return cls(
            id=id, organisation=organisation, course_id=course_id, notice=notice, ends_at=notice.ends_at
        )

    def edit(self, notice: LiveNotice, now: datetime) -> None:
        """修改预告. Raises LiveOver, LiveInvalid."""
        self._check_ahead(now)
        notice.check(now)
        self.notice, self.ends_at = notice, notice.ends_at

    def cancel(self, now: datetime) -> None:
        """取消; learners still see it, as cancelled. Again changes nothing. Raises LiveOver."""
        if self.cancelled_at is None:
            self._check_ahead(now)
            self.cancelled_at = now

    def _check_ahead(self, now: datetime) -> None:
        if self.cancelled_at or now >= self.ends_at:
            raise LiveOver()


def _is_https(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
