"""Which events of the log somebody wants to see."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from shared.eventlog.reader import Start

Position = int | datetime  # an offset of the log, or a time
CLOCKS_DIFFER = timedelta(hours=1)  # a service's clock, which an event carries, and the broker's


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Events from `since` to `until`, both included, of these types and subjects; none named: of all."""

    since: Position | None = None
    until: Position | None = None
    types: tuple[str, ...] = ()  # shell patterns
    subjects: tuple[str, ...] = ()

    @property
    def start(self) -> Start:
        """Where to begin to read: what the broker received then may have been committed before."""
        if isinstance(self.since, datetime):
            return self.since - CLOCKS_DIFFER
        return "first" if self.since is None else self.since

    @property
    def everything(self) -> bool:
        """Whether no property of an event matters, so that unreadable ones are wanted as well."""
        by_time = isinstance(self.since, datetime) or isinstance(self.until, datetime)
        return not (by_time or self.types or self.subjects)

    def is_behind(self, offset: int) -> bool:
        """Whether this offset and all later are unwanted. No time is: an event may reach the log late."""
        return isinstance(self.until, int) and offset > self.until

    def line(self, offset: int, body: bytes) -> bytes | None:
        """The event on one line of JSON, as it was published; None when it is not wanted."""
        if isinstance(self.since, int) and offset < self.since:
            return None
        if not self._may_name_it(body):
            return None
        try:
            event = json.loads(body)
            wanted = self._wants(event)
        except (ValueError, TypeError, KeyError, RecursionError):
            return _unreadable(offset, body) if self.everything else None
        return _one_line(event, body) if wanted else None

    def _may_name_it(self, body: bytes) -> bool:
        """Whether parsing is worth it; an escaped text may hide a subject."""
        if not self.subjects or b"\\" in body:
            return True
        return any(subject.encode() in body for subject in self.subjects)

    def _wants(self, event: Any) -> bool:
        if not isinstance(event, dict):
            raise TypeError("an event is an object")
        if self.subjects and event["subject"] not in self.subjects:
            return False
        if self.types and not any(fnmatchcase(event["type"], pattern) for pattern in self.types):
            return False
        return self._in_time(event)

    def _in_time(self, event: dict[str, Any]) -> bool:
        since, until = self.since, self.until
        if not isinstance(since, datetime) and not isinstance(until, datetime):
            return True
        time = datetime.fromisoformat(event["time"])
        if isinstance(since, datetime) and time < since:
            return False
        return not (isinstance(until, datetime) and time > until)


def _one_line(event: Any, body: bytes) -> bytes:
    if b"\n" not in body and b"\r" not in body:
        return body
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _unreadable(offset: int, body: bytes) -> bytes:
    """Something of a message that is no event; the log's readers count it, and go on."""
    return json.dumps({"undecodable": ascii(body[:120]), "bytes": len(body), "offset": offset}).encode()
