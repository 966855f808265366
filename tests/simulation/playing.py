"""What must hold of play sessions at every write: lease, wall clock, one at a time, nothing lost (R17, R23).

It is computed from events and documents alone, and shares no code with the services.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.events.base import Event
from shared.events.learning import LessonEntered, PlaybackRecorded, ScheduleMixed, SessionEnded
from shared.events.proctor import FaceCheckPassed, FaceCheckRequested, Moment, ScheduleDrawn, ScheduleRevealed
from tests.simulation.ledger import Ledger

MILLISECOND = timedelta(milliseconds=1)
Fail = Callable[[str], None]


@dataclass
class Stay:
    """What is known of one play session; `seed` is what proctor keeps secret."""

    entered: LessonEntered
    ledger: Ledger
    seed_hash: str = ""
    value: str = ""
    seed: bytes = b""
    checked: bool = False  # a check was requested
    started: bool = False  # its start check was passed
    unforeseen: bool = False
    playing_since: datetime | None = None  # not before the first lease opened, by the clock of who opened it
    clock: datetime | None = None  # the latest that anybody can have shown who wrote to it
    ended: SessionEnded | None = None
    revealed: ScheduleRevealed | None = None

    @property
    def moment_ms(self) -> int | None:
        """X, as ADR 14 says; None: no unforeseen check is drawn."""
        entered = self.entered
        if entered.unforeseen_check_passed:
            return None
        rest = entered.duration_ms - entered.covered_ms
        if rest <= 2_000:
            return entered.covered_ms
        message = f"{entered.session_id}:{self.value}".encode()
        draw = int.from_bytes(hmac.digest(self.seed, message, hashlib.sha256)[:8], "big")
        low, high = rest * 10 // 100, rest * 90 // 100
        return entered.covered_ms + low + (draw * (high - low + 1) >> 64)

    @property
    def limit_ms(self) -> int:
        """How far the checks that proctor has passed let credit run."""
        if not self.started:
            return self.entered.covered_ms
        if self.unforeseen or self.moment_ms is None:
            return self.entered.duration_ms
        return self.moment_ms


class Playing:
    """All sessions so far; `fail` raises."""

    def __init__(self, fail: Fail) -> None:
        self._fail = fail
        self.stays: dict[str, Stay] = {}
        self.requested: set[str] = set()  # checks
        self.recorded: set[tuple[str, int]] = set()  # session and number of accepted reports in batches
        self._live: dict[str, str] = {}  # session by person
        self._covered_ms: defaultdict[tuple[str, str], int] = defaultdict(int)  # by enrolment and lesson

    def live(self) -> list[str]:
        """The sessions that go on."""
        return sorted(self._live.values())

    # ---- documents ----

    def on_session(
        self, before: dict | None, after: dict[str, Any], earliest: datetime, now: datetime
    ) -> None:
        """A play session was written by who read the clock between `earliest` and `now`."""
        id, person = after["_id"], after["person_id"]
        if not after["lesson_id"]:
            return
        if before and after["covered_ms"] < before["covered_ms"]:
            self._fail(f"credit of session {id} went down")
        self._count_live(id, person, live=after["ending"] is None)
        lesson = after["enrollment_id"], after["lesson_id"]
        if before is None and after["covered_ms"] < self._covered_ms[lesson]:
            self._fail(f"session {id} begins at {after['covered_ms']}, before {self._covered_ms[lesson]} ms")
        self._covered_ms[lesson] = max(self._covered_ms[lesson], after["covered_ms"])
        self._check_credit(self.stays[id], after, earliest, now)

    def on_study(self, before: dict | None, after: dict[str, Any]) -> None:
        """A study was written."""
        lessons = zip(before["lessons"], after["lessons"], strict=True) if before else ()
        if any(new["covered_ms"] < old["covered_ms"] for old, new in lessons):
            self._fail(f"hours of {after['_id']} went down")
        for lesson in after["lessons"]:
            most = self._covered_ms[after["_id"], lesson["lesson_id"]]
            if lesson["covered_ms"] > most:
                self._fail(f"{after['_id']} has {lesson['covered_ms']} ms of a lesson, its sessions {most}")

    def on_proctored(self, after: dict[str, Any]) -> None:
        """A proctored session was written."""
        self.stays[after["_id"]].seed = bytes.fromhex(after["sealed_seed"])

    def _count_live(self, id: str, person: str, *, live: bool) -> None:
        if live and self._live.setdefault(person, id) != id:
            self._fail(f"{person} plays {id} and {self._live[person]} at once")
        if not live and self._live.get(person) == id:
            del self._live[person]

    def _check_credit(self, stay: Stay, row: dict[str, Any], earliest: datetime, now: datetime) -> None:
        """No credit beyond the lease, nor beyond the time since the first lease opened."""
        if row["covered_ms"] > stay.limit_ms:
            self._fail(f"session {row['_id']} has {row['covered_ms']} ms, its checks allow {stay.limit_ms}")
        if stay.playing_since is None and row["lease_ms"] is not None:
            stay.playing_since = earliest
        stay.clock = max(now, stay.clock or now)
        credited_ms = row["covered_ms"] - stay.entered.covered_ms
        if credited_ms and credited_ms > (stay.clock - (stay.playing_since or now)) // MILLISECOND:
            self._fail(f"session {row['_id']} has {credited_ms} ms since {stay.playing_since}")

    # ---- events ----

    def on_event(self, event: Event) -> None:
        """An event was committed."""
        match event:
            case LessonEntered():
                self.stays[event.session_id] = Stay(event, Ledger(event, self._fail))
            case ScheduleDrawn():
                self._set_once(event.session_id, "seed_hash", event.seed_hash)
            case ScheduleMixed():
                if event.seed_hash != self.stays[event.session_id].seed_hash:
                    self._fail(f"the value of {event.session_id} answers no commitment")
                self._set_once(event.session_id, "value", event.value)
            case FaceCheckRequested():
                self._request(event)
            case FaceCheckPassed():
                name = "started" if event.moment is Moment.START else "unforeseen"
                self._set_once(event.session_id, name, True)
            case PlaybackRecorded():
                stay = self.stays[event.session_id]
                stay.ledger.book(event, stay.limit_ms)
                self.recorded |= {
                    (event.session_id, report.number) for report in event.reports if report.refusal is None
                }
            case SessionEnded():
                self._set_once(event.session_id, "ended", event)
            case ScheduleRevealed():
                self._set_once(event.session_id, "revealed", event)

    def _set_once(self, id: str, name: str, value: Any) -> None:
        if getattr(self.stays[id], name):
            self._fail(f"{name} of session {id} a second time")
        setattr(self.stays[id], name, value)

    def _request(self, event: FaceCheckRequested) -> None:
        if event.check_id in self.requested:
            self._fail(f"check {event.check_id} was requested twice")
        self.requested.add(event.check_id)
        stay = self.stays[event.session_id]
        stay.checked = True
        if not stay.value:
            self._fail(f"check {event.check_id} was requested before the schedule was mixed")
        if event.moment is Moment.UNFORESEEN and not stay.started:
            self._fail(f"check {event.check_id} was requested before the start check was passed")
