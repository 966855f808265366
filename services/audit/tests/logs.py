"""Picks from a log of events, and what the auditor finds in it."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

from services.audit.domain import Discrepancy, derive_hours
from shared.events.base import Event

AnEvent = TypeVar("AnEvent", bound=Event)

MILLISECOND = timedelta(milliseconds=1)
HOURS = "enrollment-1"


def faults_in(events: Iterable[Event]) -> list[Discrepancy]:
    return derive_hours(HOURS, events).discrepancies


def own_events(events: Iterable[Event]) -> list[Event]:
    """Those of the enrolment, without its person's and its course's."""
    return [event for event in events if getattr(event, "enrollment_id", None) == HOURS]


def nth(events: Iterable[Event], kind: type[AnEvent], number: int = 0) -> AnEvent:
    return [event for event in events if isinstance(event, kind)][number]


def ids(*events: Event) -> list[str]:
    return [event.published.id for event in events]


def without(events: Sequence[Event], kind: type[Event], number: int = 0) -> list[Event]:
    """The same log without one event of a kind."""
    dropped = nth(events, kind, number)
    return [event for event in events if event is not dropped]
