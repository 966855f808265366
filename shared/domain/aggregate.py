"""An aggregate: the unit that changes in one write and records what happened to it."""

from dataclasses import dataclass, field

from shared.events.base import Event


@dataclass(kw_only=True)
class Aggregate:
    """Base of all aggregates. `version` counts writes, `sequence` counts the events recorded."""

    id: str
    version: int = 0
    sequence: int = 0
    events: list[Event] = field(default_factory=list, compare=False, repr=False)

    def record(self, event: Event) -> None:
        """Remember a fact; it is published once the aggregate's state is written with it."""
        self.events.append(event)
