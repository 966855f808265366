"""What must hold at every step: order, documents that stay small, and what `playing` says of lessons."""

from typing import TYPE_CHECKING, Any

from shared.events.envelope import decode
from shared.persistence import processed_events
from tests.simulation.playing import Playing

if TYPE_CHECKING:
    from tests.simulation.world import World

LOG = "log"


class Violation(AssertionError):
    """A guarantee is broken; the seed and the last steps say how to reproduce it."""

    def __init__(self, world: "World", reason: str) -> None:
        steps = "\n".join(f"  {number} {process} {kind}" for number, process, kind in world.trace)
        super().__init__(f"seed={world.seed} step={world.steps}: {reason}\n{steps}")
        self.reason, self.seed, self.steps = reason, world.seed, world.steps


class Guarantees:
    """Observes every write and every arrival; `committed` holds all outbox entries so far, by event id."""

    def __init__(self, world: "World") -> None:
        self._world, self.playing = world, Playing(self._fail)
        self.committed: dict[str, Any] = {}
        self._last: dict[tuple[str, str], int] = {}  # sequence, by reader and aggregate
        self._arrived: set[tuple[str, str]] = set()  # reader and event id

    def on_write(self, service: str, collection: str, before: dict | None, after: dict[str, Any]) -> None:
        """Note new events of the outbox, and compare the document with the one before."""
        known = {entry["id"] for entry in before["outbox"]} if before and "outbox" in before else set()
        for entry in after.get("outbox", ()):
            if entry["id"] not in known:
                self._commit(service, collection, entry)
        self._watch(f"{service}/{collection}", before, after)
        if len(after.get("handled", ())) > processed_events.MAX_KEPT:
            raise Violation(self._world, f"the processed events of {after['_id']} grow without bound")

    def on_arrival(self, service: str | None, entry: dict[str, Any]) -> None:
        """First arrivals of an aggregate's events are in order, in the log (None) and in each inbox."""
        event, reader = self.committed[entry["id"]], service or LOG
        if (reader, entry["id"]) in self._arrived:
            return
        self._arrived.add((reader, entry["id"]))
        aggregate = f"{event['owner']}/{event['subject']}"
        last = self._last.get((reader, aggregate), 0)
        if event["sequence"] <= last or (service is None and event["sequence"] != last + 1):
            reason = f"{reader}: event {event['sequence']} of {aggregate} came after {last}"
            raise Violation(self._world, reason)
        self._last[reader, aggregate] = event["sequence"]

    def lost(self) -> list[str]:
        """Ids of committed events that never reached the log."""
        return [id for id in self.committed if (LOG, id) not in self._arrived]

    def _commit(self, service: str, collection: str, entry: dict[str, Any]) -> None:
        event = decode(entry["body"])
        meta = event.published
        owner = {"owner": f"{service}/{collection}", "subject": meta.subject, "sequence": meta.sequence}
        self.committed[entry["id"]] = entry | owner
        self._world.broker.subjects[entry["id"]] = meta.subject
        self.playing.on_event(event)

    def _watch(self, owner: str, before: dict | None, after: dict[str, Any]) -> None:
        """What holds of lessons."""
        if owner == "learning/sessions":
            self.playing.on_session(before, after, *self._world.clock_readings())
        elif owner == "learning/studies":
            self.playing.on_study(before, after)
        elif owner == "proctor/watches":
            self.playing.on_proctored(after)

    def _fail(self, reason: str) -> None:
        raise Violation(self._world, reason)
