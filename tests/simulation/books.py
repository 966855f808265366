"""The books of the simulation, which count every effect of an event."""

from dataclasses import dataclass
from typing import Any

from shared.domain.aggregate import Aggregate
from shared.events.base import Event
from shared.events.learning import PlaybackRecorded
from shared.events.payment import PaymentConfirmed
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

BOOKS = 2  # few, so that processes write to the same one


@dataclass(kw_only=True)
class Book(Aggregate):
    """账簿: adds up the events that it hears, and would count a repeated one twice."""

    events: list[Event] = None  # type: ignore[assignment] - see Aggregate; the book records none
    heard: int = 0
    money_fen: int = 0
    played_ms: int = 0

    def __post_init__(self) -> None:
        self.events = []

    def hear(self, event: Event) -> None:
        self.heard += 1
        if isinstance(event, PaymentConfirmed):
            self.money_fen += event.amount_fen
        if isinstance(event, PlaybackRecorded):
            self.played_ms += sum(report.credited_ms for report in event.reports)


class Books(Repository[Book]):
    aggregate = Book
    document = document_of(Book, "books", service="books")


def book_of(event: Any) -> str:
    """The book that counts an event."""
    return f"book-{sum(event.enrollment_id.encode()) % BOOKS}"
