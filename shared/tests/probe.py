"""A small service to try the plumbing with: counters that hear of each other through events."""

from dataclasses import dataclass, field

from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.base import Event, event
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

ALIAS = "enrollment"  # borrowed: its database in the tests' own namespace


@event("probe.counter.raised.v1")
class CounterRaised(Event):
    """A counter went up."""

    counter_id: str
    by: int
    note: str = ""


class TooMuch(DomainError):
    """A counter goes up by at most 100."""

    code = "counter.too_much"
    message = "At most 100, not {by}."


class NameTaken(DomainError):
    """Two counters must not share a name."""

    code = "counter.name_taken"
    kind = ErrorKind.CONFLICT


@dataclass(kw_only=True)
class Counter(Aggregate):
    """Counts, and remembers in which order it was raised."""

    name: str | None = None
    value: int = 0
    order: list[int] = field(default_factory=list)

    def raise_by(self, by: int, note: str = "") -> None:
        if by > 100:
            raise TooMuch(by=by)
        self.value += by
        self.record(CounterRaised(counter_id=self.id, by=by, note=note))

    def hear(self, by: int) -> None:
        self.value += by
        self.order.append(by)


ONE_NAME = {
    "fields": ["name"],
    "unique": True,
    "name": "one_name",
    "partialFilterExpression": {"name": {"$type": "string"}},
}


class Counters(Repository[Counter]):
    aggregate = Counter
    document = document_of(Counter, "probe_counters", service=ALIAS, indexes=[ONE_NAME])
    conflicts = {"one_name": NameTaken}
