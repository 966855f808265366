"""What an auditor found that contradicts what the services published."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.events.base import Event


@dataclass(frozen=True)
class Discrepancy:
    """`code` is stable: over_wall_clock, check_open, covered_differs, completed_differs, total_differs …"""

    code: str
    message: str
    event_ids: list[str]
    lesson_id: str | None = None


def against(
    code: str, message: str, *events: Event, lesson_id: str | None = None, also: Iterable[str] = ()
) -> Discrepancy:
    """A discrepancy that rests on these published events."""
    return Discrepancy(code, message, [*(event.published.id for event in events), *also], lesson_id)
