"""Reordered and missing events: whatever order they come in, all services end up in the same state.

An event that comes too early is refused and comes again, as from a retry queue; until then it has no effect.
"""

import json
from itertools import count, permutations

import pytest

from shared.domain.errors import DomainError
from shared.events.base import Event
from shared.events.envelope import decode
from shared.persistence.ports import Effects
from tests.simulation.store import Database
from tests.simulation.town import HANDLERS, START, Fees, Town

ID = "e1"
NUMBERS = count()


def a_town(service: str) -> Town:
    database = Database()
    effects = Effects(new_id=lambda: f"id-{next(NUMBERS)}", pause=lambda _: None)
    return Town(service, lambda kind: kind(lambda: START, database, effects), lambda: START)


def events_of(town: Town) -> list[Event]:
    """What its aggregates have committed, oldest first within each."""
    rows = [row for repository in town.repositories for row in repository.rows.peek()]
    return [decode(entry["body"]) for row in rows for entry in row["outbox"]]


def state_of(town: Town) -> str:
    """Everything but what differs by nature: the order of processed events, event ids, versions."""
    rows = [row for repository in town.repositories for row in repository.rows.peek()]
    kept = [
        {key: row[key] for key in row.keys() - {"handled", "outbox", "version", "write_id"}} for row in rows
    ]
    return json.dumps(sorted(kept, key=lambda row: row["_id"]), default=str, sort_keys=True)


def deliver(town: Town, service: str, events: list[Event]) -> None:
    """In this order; what is refused goes to the end, at most as often as there are retry queues."""
    waiting = [(event, 5) for event in events]
    while waiting:
        event, tries = waiting.pop(0)
        try:
            HANDLERS[service][type(event)](town, event)
        except DomainError:
            assert tries, f"{type(event).__name__} never fits"
            waiting.append((event, tries - 1))


def payment_and_pending_events() -> tuple[Town, list[Event]]:
    """Payment after two payments for one fee; both outcomes and a withdrawal are still to be delivered."""
    enrollment, payment = a_town("enrollment"), a_town("payment")
    enrollment.declare(ID)
    deliver(payment, "payment", events_of(enrollment))
    for attempt in range(2):
        payment.open_order(ID, attempt)
    for attempt in range(2):
        payment.receive(ID, attempt)
    enrollment.withdraw(ID)
    outcomes = [event for event in events_of(payment) if type(event) in HANDLERS["payment"]]
    return payment, [*outcomes, events_of(enrollment)[-1]]


def test_any_order_leads_to_the_same_state():
    states = set()
    for order in permutations(range(3)):
        payment, events = payment_and_pending_events()
        deliver(payment, "payment", [events[index] for index in order])
        states.add(state_of(payment))
    assert len(states) == 1


def test_what_comes_too_early_waits_and_takes_effect_once_the_missing_one_is_there():
    enrollment, payment = a_town("enrollment"), a_town("payment")
    enrollment.declare(ID)
    enrollment.withdraw(ID)
    submitted, withdrawn = events_of(enrollment)
    with pytest.raises(DomainError):
        payment.end_fee(withdrawn)  # no fee yet: to a retry queue
    payment.charge(submitted)
    payment.end_fee(withdrawn)
    assert payment[Fees].get(ID).status == "withdrawn"
