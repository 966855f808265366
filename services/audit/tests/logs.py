"""Picks from a log of events, and what the auditor finds in it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from services.audit.domain import Discrepancy, derive_hours
from shared.events.base import Event

AnEvent = TypeVar("AnEvent", bound=Event)

MILLISECOND, SECOND, HOUR = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(hours=1)
HOURS = "enrollment-1"


def faults_in(events: Iterable[Event], now: datetime | None = None) -> list[Discrepancy]:
    return derive_hours(HOURS, events, now).discrepancies


def codes_in(events: Iterable[Event], enrollment: str = HOURS) -> set[str]:
    """Which rules do not hold. A clean verdict on a log that they disprove follows from the others."""
    codes = {fault.code for fault in derive_hours(enrollment, events).discrepancies}
    return codes - {"verdict.rederived"} if len(codes) > 1 else codes


def own_events(events: Iterable[Event]) -> list[Event]:
    """Those of the enrolment, without its person's and its course's."""
    return [event for event in events if getattr(event, "enrollment_id", None) == HOURS]


def nth(events: Iterable[Event], kind: type[AnEvent], number: int = 0) -> AnEvent:
    return [event for event in events if isinstance(event, kind)][number]


def ids(*events: Event) -> list[str]:
    return [event.published.id for event in events]


def without(events: Sequence[Event], *dropped: Event) -> list[Event]:
    """The same log without these, numbered again as a forger would who writes for all services."""
    return renumbered([event for event in events if not any(event is each for each in dropped)])


def moved(event: AnEvent, by: timedelta) -> AnEvent:
    """The same event, published earlier or later."""
    return replace(event, meta=replace(event.published, time=event.published.time + by))


def swapped(events: Sequence[Event], old: Event, new: Event) -> list[Event]:
    """The same log with one event in the place of another."""
    return [new if event is old else event for event in events]


def altered(events: Sequence[Event], old: Event, **fields: Any) -> list[Event]:
    """The same log with some fields of one event changed."""
    return swapped(events, old, replace(old, **fields))


def renumbered(events: Sequence[Event]) -> list[Event]:
    """Each subject's events numbered 1, 2, 3 … as they stand in their order."""
    subjects: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for position, event in enumerate(events):
        subjects[event.published.source, event.published.subject].append(position)
    copy = list(events)
    for positions in subjects.values():
        by_number = sorted(positions, key=lambda position: copy[position].published.sequence)
        for number, position in enumerate(by_number, start=1):
            event = copy[position]
            copy[position] = replace(event, meta=replace(event.published, sequence=number))
    return copy
