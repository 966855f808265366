"""Likely bugs, each planted into the running code; the simulation must find every one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from shared.events.envelope import Undecodable
from shared.messaging.acknowledgements import Acknowledgements
from shared.messaging.disposition import Disposition, Outcome, disposition_of
from shared.messaging.outbox import Outboxes, PublishBatch
from shared.persistence.group_updates import GroupUpdates
from shared.persistence.processed_events import ProcessedEvents
from tests.simulation.connection import Connection, Delivery
from tests.simulation.lesson_mutants import LESSON_MUTANTS
from tests.simulation.process import Process
from tests.simulation.store import Collection

Plant = Callable[[], AbstractContextManager[Any]]


def _handle_after_ack(self: Process, delivery: Delivery) -> None:
    delivery.ack()
    self.act_on(delivery)


def _lose_turn_only(self: Process, connection: Connection) -> None:
    """Like a lease: a stopped process has lost its turn, and publishes all the same."""
    turns = self.world.broker.turns
    self.world.broker.turns = {
        service: holder for service, holder in turns.items() if holder is not connection
    }


def _clear_first(self: Process, connection: Connection, outboxes: Outboxes) -> None:
    batch, unconfirmed = outboxes.load(), outboxes.load()
    while due := unconfirmed.next():
        unconfirmed.confirm(due[0])
    outboxes.clear(unconfirmed)
    self.publish(connection, batch)


def _send_all_at_once(self: Process, connection: Connection, outboxes: Outboxes) -> None:
    """Whole outboxes at once: a refused event is sent again after its successors."""
    outboxes.load()
    for repository, row in outboxes._rows:
        self.publish(connection, batch := PublishBatch([entry] for entry in row["outbox"]))
        confirmed = [id for index in range(len(row["outbox"])) for id in batch.confirmed(index)]
        pull = {"$pull": {"outbox": {"id": {"$in": confirmed}}}}
        repository.rows.update_one({"_id": row["_id"]}, pull)


_update_one = Collection.update_one


def _update_any_version(self: Collection, filter: dict[str, Any], update: dict[str, Any]) -> Any:
    return _update_one(self, {"_id": filter["_id"]}, update)


def _disposition_ack(service: str, error: Exception | None, headers: Any) -> Disposition:
    if isinstance(error, Undecodable):
        return Disposition(outcome=Outcome.ACK)
    return disposition_of(service, error, headers)


def _ack_then_copy(message: Delivery, disposition: Disposition, publish: Any) -> None:
    if disposition.outcome is Outcome.REJECT:
        message.reject()
        return
    message.ack()
    message._connection.acknowledgements.flush()
    if disposition.queue:
        publish(disposition.queue, disposition.headers)


def _tried_at_most_three(headers: Any) -> int:
    return min(3, headers.get("x-xueshi-retry", 0))


def _ack_over_gaps(self: Acknowledgements, tag: int) -> None:
    """The message handled last is acknowledged together with everything before it."""
    self._channel.basic_ack(tag, multiple=True)


def _conclude_as_done(self: GroupUpdates, changed: Any, outcome: Any, answers: dict[int, Any]) -> None:
    """Who lost a race is answered as if the write had been made."""
    answers[id(changed.request)] = changed.answer


MUTANTS: dict[str, Plant] = {
    "ack before commit": lambda: patch.object(Process, "handle", _handle_after_ack),
    "processed events ignored": lambda: patch.object(
        ProcessedEvents, "contains", lambda self, row, cause: False
    ),
    "no fence": lambda: patch.object(Process, "cut_off", _lose_turn_only),
    "outbox cleared before confirm": lambda: patch.object(Process, "_pass", _clear_first),
    "version check dropped": lambda: patch.object(Collection, "update_one", _update_any_version),
    "sequence ignored": lambda: patch.object(Process, "_pass", _send_all_at_once),
    "retry without backoff cap": lambda: patch("shared.messaging.disposition._tried", _tried_at_most_three),
    "decode error acked": lambda: patch("tests.simulation.process.disposition_of", _disposition_ack),
    "old processed events forgotten": lambda: patch.object(
        ProcessedEvents, "_move", lambda self, row, old: None
    ),
    "acknowledged over a gap": lambda: patch.object(Acknowledgements, "handled", _ack_over_gaps),
    "lost race answered as done": lambda: patch.object(GroupUpdates, "_conclude", _conclude_as_done),
    "original acked before its copy": lambda: patch("tests.simulation.process.dispose", _ack_then_copy),
} | LESSON_MUTANTS
