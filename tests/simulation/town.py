"""The services of the simulation: real aggregates in real repositories, and what is done with them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.enrollment.domain import Enrollment
from services.enrollment.storage import Enrollments
from services.enrollment.tests.builders import an_enrollment
from services.learning.domain import Report, SessionState, Study, Turn
from services.learning.storage import Studies
from services.learning.tests.builders import POLICY, a_course, passed
from services.payment.domain import Fee, Order, Payment
from services.payment.storage import Fees, Orders
from shared.events.base import Event
from shared.events.enrollment import DeclarationSubmitted, DeclarationWithdrawn, LearningOpened
from shared.events.learning import PlaybackCredited, StudyCompleted
from shared.events.payment import PaymentConfirmed, PaymentRefused
from shared.events.proctor import Moment
from shared.events.terms import Channel
from shared.persistence.repository import Repository
from tests.simulation.books import Book, Books, book_of

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
COURSE = a_course()
FEE_FEN = 60_000


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
        self.repositories = [make(repository_class) for repository_class in REPOSITORIES[service]]
        self.clock = clock
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

    def open_study(self, event: LearningOpened) -> None:
        self[Studies].add(Study.open(event, COURSE), because=event)

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

    def study(self, id: str, number: int) -> None:
        now = self.clock()
        self[Studies].update(id, lambda study: _go_on(study, number, now))


def _go_on(study: Study, number: int, now: datetime) -> None:
    """What the learner does next in an unfinished lesson."""
    lesson = next((lesson for lesson in study.lessons if not lesson.completed), None)
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
    """The order of the n-th attempt to pay for an enrolment."""
    return f"{id}-order-{attempt}"


def a_declaration(id: str) -> Enrollment:
    """An enrolment of a new person in a class that has started."""
    opens = START - timedelta(hours=2)
    person, policy = f"person-of-{id}", POLICY
    return an_enrollment(id=id, person_id=person, class_opens_at=opens, policy=policy, fee_fen=FEE_FEN)


HANDLERS: dict[str, dict[type[Event], Handler]] = {
    "payment": {DeclarationSubmitted: Town.charge, DeclarationWithdrawn: Town.end_fee},
    "enrollment": {PaymentConfirmed: Town.confirm_payment, StudyCompleted: Town.complete},
    "learning": {LearningOpened: Town.open_study},
    "books": dict.fromkeys(
        (DeclarationSubmitted, PaymentConfirmed, PaymentRefused, PlaybackCredited, StudyCompleted), Town.book
    ),
}
HANDLERS["payment"] |= {PaymentConfirmed: Town.pay_order, PaymentRefused: Town.refuse_order}
