"""The services of the simulation: real aggregates and repositories, and books that count every effect."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import mongoengine as me

from services.enrollment.domain import Enrollment
from services.enrollment.storage import Enrollments
from services.enrollment.tests.builders import an_enrollment
from services.learning.domain import Report, SessionState, Study, Turn
from services.learning.storage import Studies
from services.learning.tests.builders import POLICY, a_course, passed
from services.payment.domain import Fee, Order, Payment
from services.payment.storage import Fees, Orders
from shared.domain.aggregate import Aggregate
from shared.events.base import Event
from shared.events.enrollment import DeclarationSubmitted, DeclarationWithdrawn, LearningOpened
from shared.events.learning import PlaybackCredited, StudyCompleted
from shared.events.payment import PaymentConfirmed, PaymentRefused
from shared.events.proctor import Moment
from shared.events.terms import Channel
from shared.persistence.documents import AggregateDocument
from shared.persistence.repository import Repository

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
COURSE = a_course()
FEE_FEN = 60_000
BOOKS = 2  # few, so that processes meet at them


@dataclass(kw_only=True)
class Book(Aggregate):
    """账簿: adds up what it hears and would count a repeat again."""

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
        if isinstance(event, PlaybackCredited):
            self.played_ms += event.to_ms - event.from_ms


class BookDocument(AggregateDocument):
    meta = {"db_alias": "books", "collection": "books", "auto_create_index": False}
    heard = me.IntField()
    money_fen = me.IntField()
    played_ms = me.IntField()


class Books(Repository[Book]):
    aggregate = Book
    document = BookDocument


REPOSITORIES: dict[str, tuple[type[Repository[Any]], ...]] = {
    "enrollment": (Enrollments,),
    "payment": (Fees, Orders),
    "learning": (Studies,),
    "books": (Books,),
}
Handler = Callable[["Town", Any], object]


class Town:
    """The repositories of one process and what it does with them."""

    def __init__(self, service: str, make: Callable[[type[Repository[Any]]], Any], clock: Any) -> None:
        self.repositories = [make(it) for it in REPOSITORIES[service]]
        self.clock = clock
        self._of = {type(it): it for it in self.repositories}

    def __getitem__(self, kind: type[Repository[Any]]) -> Any:
        return self._of[kind]

    # ---- what happened elsewhere ----

    def charge(self, event: DeclarationSubmitted) -> None:
        fee = Fee(id=event.enrollment_id, person_id=event.person_id, fee_fen=event.fee_fen)
        self[Fees].upsert(fee, lambda _: None, because=event)

    def end_fee(self, event: DeclarationWithdrawn) -> None:
        self[Fees].update(event.enrollment_id, lambda it: it.withdraw(), because=event)

    def pay_order(self, event: PaymentConfirmed) -> None:
        self[Orders].update(event.order_id, lambda it: it.pay(), because=event)

    def refuse_order(self, event: PaymentRefused) -> None:
        now = self.clock()
        self[Orders].update(event.order_id, lambda it: it.refuse(event.reason, now), because=event)

    def confirm_payment(self, event: PaymentConfirmed) -> None:
        now = self.clock()
        change = lambda it: it.confirm_payment(event.amount_fen, now)  # noqa: E731
        self[Enrollments].update(event.enrollment_id, change, because=event)

    def complete(self, event: StudyCompleted) -> None:
        now = self.clock()
        change = lambda it: it.complete(now)  # noqa: E731
        self[Enrollments].update(event.enrollment_id, change, because=event)

    def open_study(self, event: LearningOpened) -> None:
        self[Studies].add(Study.open(event, COURSE), because=event)

    def book(self, event: Any) -> None:
        self[Books].upsert(Book(id=book_of(event)), lambda it: it.hear(event), because=event)

    # ---- what people do; each may be repeated, as after a lost answer ----

    def declare(self, id: str) -> None:
        self[Enrollments].add(a_declaration(id))

    def approve(self, id: str) -> None:
        now = self.clock()
        self[Enrollments].update(id, lambda it: it.approve("reviewer", now))

    def withdraw(self, id: str) -> None:
        now = self.clock()
        self[Enrollments].update(id, lambda it: it.withdraw("changed plans", now))

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
        self[Fees].update(id, lambda it: it.receive(payment))

    def study(self, id: str, number: int) -> None:
        now = self.clock()
        self[Studies].update(id, lambda it: _go_on(it, number, now))


def _go_on(study: Study, number: int, now: datetime) -> None:
    """What the learner does next in an unfinished lesson."""
    lesson = next((it for it in study.lessons if not it.completed), None)
    if lesson is None:
        return
    session = study.sessions.live
    if session is None:
        turn = Turn(number=number, enrollment_id=study.id, session_id=f"s{number}")
        study.enter(lesson.lesson_id, turn, now)
    elif session.state is not SessionState.PLAYING:
        study.pass_check(passed(f"{session.id}-start", session.id, study=study.id), now)
    elif not lesson.passed(Moment.UNFORESEEN) and number % 3 == 0:
        check = passed(f"{session.id}-later", session.id, Moment.UNFORESEEN, study=study.id)
        study.pass_check(check, now)
    else:
        end = min(session.position_ms + 3_000, lesson.duration_ms)
        report = Report(number=session.reports + 1, from_ms=session.position_ms, to_ms=end, rate=1.0)
        study.report(session.id, report, has_turn=True, now=now)


def order_id(id: str, attempt: int) -> str:
    """The n-th try to pay for an enrolment."""
    return f"{id}-order-{attempt}"


def a_declaration(id: str) -> Enrollment:
    """Of a person of its own, with a course that has begun."""
    opens = START - timedelta(hours=2)
    person, policy = f"person-of-{id}", POLICY
    return an_enrollment(id=id, person_id=person, class_opens_at=opens, policy=policy, fee_fen=FEE_FEN)


def book_of(event: Any) -> str:
    """In which book an event stands."""
    return f"book-{sum(event.enrollment_id.encode()) % BOOKS}"


HANDLERS: dict[str, dict[type[Event], Handler]] = {
    "payment": {DeclarationSubmitted: Town.charge, DeclarationWithdrawn: Town.end_fee},
    "enrollment": {PaymentConfirmed: Town.confirm_payment, StudyCompleted: Town.complete},
    "learning": {LearningOpened: Town.open_study},
    "books": dict.fromkeys(
        (DeclarationSubmitted, PaymentConfirmed, PaymentRefused, PlaybackCredited, StudyCompleted), Town.book
    ),
}
HANDLERS["payment"] |= {PaymentConfirmed: Town.pay_order, PaymentRefused: Town.refuse_order}
