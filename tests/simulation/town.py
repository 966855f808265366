"""The services of the simulation: real aggregates in real repositories, and what is done with them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.enrollment.domain import Enrollment
from services.enrollment.storage import Enrollments
from services.enrollment.tests.builders import an_enrollment
from services.learning.storage import Learners, PlaySessions, Studies
from services.payment.domain import Fee, Order, Payment
from services.payment.storage import Fees, Orders
from services.proctor.storage import FaceProfiles, ProctoredSessions
from shared.events.base import Event
from shared.events.enrollment import DeclarationSubmitted, DeclarationWithdrawn
from shared.events.learning import PlaybackRecorded, SessionEnded, StudyCompleted
from shared.events.payment import PaymentConfirmed, PaymentRefused
from shared.events.terms import Channel
from shared.persistence.repository import Repository
from tests.simulation import lessons
from tests.simulation.books import Book, Books, book_of
from tests.simulation.face_worker import FaceJobs

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
FEE_FEN = 60_000


REPOSITORIES: dict[str, tuple[type[Repository[Any]], ...]] = {
    "enrollment": (Enrollments,),
    "payment": (Fees, Orders),
    "learning": (Studies, Learners, PlaySessions),
    "proctor": (ProctoredSessions, FaceJobs, FaceProfiles),
    "books": (Books,),
}
Handler = Callable[["Town", Any], object]


class Town:
    """The repositories of one process and what it does with them."""

    def __init__(self, service: str, make: Callable[[type[Repository[Any]]], Any], clock: Any) -> None:
        self.repositories = [make(repository_class) for repository_class in REPOSITORIES[service]]
        self.clock, self.course = clock, lessons.COURSE
        self._of = {type(repository): repository for repository in self.repositories}

    def __getitem__(self, kind: type[Repository[Any]]) -> Any:
        return self._of[kind]

    # ---- events of other services ----

    def charge(self, event: DeclarationSubmitted) -> None:
        fee = Fee(id=event.enrollment_id, person_id=event.person_id, fee_fen=event.fee_fen)
        self[Fees].upsert(fee, lambda _: None, because=event)

    def end_fee(self, event: DeclarationWithdrawn) -> None:
        self[Fees].update(event.enrollment_id, lambda fee: fee.withdraw(), because=event)

    def pay_order(self, event: PaymentConfirmed) -> None:
        self[Orders].update(event.order_id, lambda order: order.pay(), because=event)

    def refuse_order(self, event: PaymentRefused) -> None:
        now = self.clock()
        self[Orders].update(event.order_id, lambda order: order.refuse(event.reason, now), because=event)

    def confirm_payment(self, event: PaymentConfirmed) -> None:
        now = self.clock()
        change = lambda enrollment: enrollment.confirm_payment(event.amount_fen, now)  # noqa: E731
        self[Enrollments].update(event.enrollment_id, change, because=event)

    def complete(self, event: StudyCompleted) -> None:
        now = self.clock()
        change = lambda enrollment: enrollment.complete(event.completed_at, now)  # noqa: E731
        self[Enrollments].update(event.enrollment_id, change, because=event)

    def book(self, event: Any) -> None:
        self[Books].upsert(Book(id=book_of(event)), lambda book: book.hear(event), because=event)

    # ---- what people do; everything may be repeated, as after a lost answer ----

    def declare(self, id: str) -> None:
        self[Enrollments].add(a_declaration(id))

    def approve(self, id: str) -> None:
        now = self.clock()
        self[Enrollments].update(id, lambda enrollment: enrollment.approve("reviewer", now))

    def withdraw(self, id: str) -> None:
        now = self.clock()
        self[Enrollments].update(id, lambda enrollment: enrollment.withdraw("changed plans", now))

    def pay(self, id: str, attempt: int) -> None:
        self.open_order(id, attempt)
        self.receive(id, attempt)

    def open_order(self, id: str, attempt: int) -> None:
        hour = timedelta(hours=1)
        fee = self[Fees].get(id)
        order = Order.open(order_id(id, attempt), fee, Channel.WECHAT, self.clock(), hour, hour)
        self[Orders].add(order)

    def receive(self, id: str, attempt: int) -> None:
        payment = Payment(
            order_id=order_id(id, attempt),
            channel=Channel.WECHAT,
            amount_fen=FEE_FEN,
            transaction_id=f"{order_id(id, attempt)}-tx",
            paid_at=self.clock(),
        )
        self[Fees].update(id, lambda fee: fee.receive(payment))


def order_id(id: str, attempt: int) -> str:
    """The order of the n-th attempt to pay for an enrolment."""
    return f"{id}-order-{attempt}"


def a_declaration(id: str) -> Enrollment:
    """An enrolment in a class that has started."""
    opens = START - timedelta(hours=2)
    return an_enrollment(
        id=id, person_id=person_of(id), class_opens_at=opens, policy=lessons.POLICY, fee_fen=FEE_FEN
    )


def person_of(id: str) -> str:
    """Two enrolments are of the same person."""
    return f"person-{int(id.removeprefix('e')) // 2}"


BOOKED = (
    DeclarationSubmitted,
    PaymentConfirmed,
    PaymentRefused,
    PlaybackRecorded,
    SessionEnded,
    StudyCompleted,
)
HANDLERS: dict[str, dict[type[Event], Handler]] = {
    "payment": {
        DeclarationSubmitted: Town.charge,
        DeclarationWithdrawn: Town.end_fee,
        PaymentConfirmed: Town.pay_order,
        PaymentRefused: Town.refuse_order,
    },
    "enrollment": {PaymentConfirmed: Town.confirm_payment, StudyCompleted: Town.complete},
    "learning": {**lessons.LEARNING},
    "proctor": {**lessons.PROCTOR},
    "books": dict.fromkeys(BOOKED, Town.book),
}
