"""What must add up once a repaired world is at rest: events, effects, money, dead letters, lessons."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from shared.events.envelope import decode
from shared.events.learning import PlaybackRecorded
from shared.messaging import topology
from tests.simulation import final_lessons
from tests.simulation.books import book_of
from tests.simulation.guarantees import Violation
from tests.simulation.town import FEE_FEN, HANDLERS, REPOSITORIES

if TYPE_CHECKING:
    from tests.simulation.world import World


def count(world: "World") -> None:
    """Everything, one after the other. Raises Violation."""
    if lost := world.guarantees.lost():
        raise Violation(world, f"{len(lost)} committed events never reached the log: {lost[:5]}")
    _count_effects(world)
    _count_money(world)
    _count_dead_letters(world)
    final_lessons.count(world)


def _count_effects(world: "World") -> None:
    """Each event was booked exactly once."""
    expected = _expected_books(world)
    for book in world.databases["books"]["books"].peek():
        for figure, value in expected.pop(book["_id"]).items():
            if book[figure] != value:
                raise Violation(world, f"{book['_id']}: {figure} is {book[figure]}, not {value}")
    if expected:
        raise Violation(world, f"books missing: {sorted(expected)}")


def _expected_books(world: "World") -> dict[str, Counter[str]]:
    """What the committed events add up to, by book."""
    books: dict[str, Counter[str]] = {}
    for entry in world.guarantees.committed.values():
        event: Any = decode(entry["body"])
        if type(event) in HANDLERS["books"]:
            book = books.setdefault(book_of(event), Counter())
            book["heard"] += 1
            book["money_fen"] += getattr(event, "amount_fen", 0) if "confirmed" in event.TYPE else 0
            if isinstance(event, PlaybackRecorded):
                book["played_ms"] += sum(report.credited_ms for report in event.reports)
    return books


def _count_money(world: "World") -> None:
    """Fees, enrolments, orders and books agree on who has paid."""
    payment = world.databases["payment"]
    paid = {fee["_id"] for fee in payment["fees"].peek() if fee["paid_by"]}
    orders = {order["enrollment_id"] for order in payment["orders"].peek() if order["status"] == "paid"}
    enrolments = world.databases["enrollment"]["enrollments"].peek()
    enrolled = {enrolment["_id"] for enrolment in enrolments if enrolment["paid"]}
    booked = sum(book["money_fen"] for book in world.databases["books"]["books"].peek())
    if not paid == enrolled == orders or booked != FEE_FEN * len(paid):
        raise Violation(world, f"money: fees {paid}, enrolments {enrolled}, orders {orders}, {booked} fen")


def _count_dead_letters(world: "World") -> None:
    """The dead letters are the bad messages, and nothing else."""
    bad = world.disturbances.bad_messages
    queues = (world.broker.queues[topology.dead(service).name] for service in REPOSITORIES)
    dead = {message.body for queue in queues for message in queue}
    if dead != bad:
        missing, unexpected = len(bad - dead), sorted(dead - bad)[:2]
        raise Violation(world, f"dead letters: {missing} missing, {unexpected} should not be among them")
