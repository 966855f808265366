"""What an auditor found that contradicts what the services published."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.base import Event


@dataclass(frozen=True)
class Discrepancy:
    """`code` is the name of the rule that does not hold, `docs/audit-rules.md` says which there are."""

    code: str
    message: str
    event_ids: list[str]
    lesson_id: str | None = None


@dataclass(frozen=True)
class Fault:
    """What a rule found, and the events that it rests on."""

    message: str
    events: tuple[Event, ...]

    @property
    def newest(self) -> datetime:
        """When the last of its events was published: what would clear it up may come a while after that."""
        return max(event.published.time for event in self.events)

    def under(self, rule: str) -> Discrepancy:
        """What an auditor sees of it."""
        ids = dict.fromkeys(event.published.id for event in self.events)
        return Discrepancy(rule, self.message, list(ids), self._lesson)

    @property
    def _lesson(self) -> str | None:
        lessons = (getattr(event, "lesson_id", None) for event in self.events)
        return next((lesson for lesson in lessons if isinstance(lesson, str)), None)


def fault(message: str, *events: Event) -> Fault:
    """Something that the log does not bear out, as these events show."""
    return Fault(message, events)
