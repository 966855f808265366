"""What a relay does with outboxes, apart from any broker: what may be sent when, and what may be cleared.

An aggregate has at most one event on its way: the next follows once the broker has taken the one before. So
no event overtakes another of its aggregate, whatever is refused, and whoever else publishes the same outbox;
aggregates do not wait for each other (docs/adr/0007).
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.crash_points import crash_point
from shared.domain.clock import Clock, utc_now
from shared.persistence.repository import Repository

MAX_AGGREGATES = 200  # of each kind in one batch
HALT = timedelta(seconds=5)  # how long an aggregate waits whose event the broker has refused
REMEMBERED = timedelta(seconds=5)  # how long a cleared event is known not to be unsent
Entry = dict[str, Any]


class PublishBatch:
    """One pass of the relay over outboxes; an aggregate goes by the index of its outbox."""

    def __init__(self, outboxes: Iterable[Sequence[Entry]]) -> None:
        self._outboxes = list(outboxes)
        self._taken = [0] * len(self._outboxes)
        self._ready = deque(index for index, outbox in enumerate(self._outboxes) if outbox)
        self.refused: set[int] = set()

    def next(self) -> tuple[int, Entry] | None:
        """An index and its event that may be published now; None: nothing yet, or nothing more."""
        if not self._ready:
            return None
        index = self._ready.popleft()
        return index, self._outboxes[index][self._taken[index]]

    def confirm(self, index: int) -> None:
        """The broker has put the event into every queue; the next of its outbox may follow."""
        self._taken[index] += 1
        if self._taken[index] < len(self._outboxes[index]):
            self._ready.append(index)

    def refuse(self, index: int) -> None:
        """The broker has refused it: the aggregate stops at this event."""
        self.refused.add(index)

    def confirmed(self, index: int) -> list[str]:
        """The ids of the events of this outbox that the broker has taken: a prefix."""
        return [entry["id"] for entry in self._outboxes[index][: self._taken[index]]]


class Outboxes:
    """The outboxes of a service. What stops at a refused event is left alone for a while, so that it does
    not keep others from their turn."""

    def __init__(self, repositories: Sequence[Repository[Any]], clock: Clock = utc_now) -> None:
        self._repositories, self._clock = repositories, clock
        self._rows: list[tuple[Repository[Any], dict[str, Any]]] = []
        self._halted: dict[tuple[Repository[Any], str], tuple[datetime, datetime]] = {}
        self._cleared = dict[str, datetime]()

    def load(self) -> PublishBatch:
        """The oldest unsent events."""
        self._forget(self._clock())
        self._rows = [(owner, row) for owner in self._repositories for row in self._unsent(owner)]
        return PublishBatch(row["outbox"] for _, row in self._rows)

    def clear(self, batch: PublishBatch) -> int:
        """Take out what was confirmed in this batch; returns how many events that was."""
        done = [batch.confirmed(index) for index in range(len(self._rows))]
        for repository in self._repositories:
            mine = [
                (row["_id"], ids)
                for (owner, row), ids in zip(self._rows, done, strict=True)
                if ids and owner is repository
            ]
            if mine:
                crash_point("after-confirm-before-clear")
                sent = [event_id for _, ids in mine for event_id in ids]
                repository.clear([id for id, _ in mine], sent)
                self._cleared |= dict.fromkeys(sent, self._clock() + REMEMBERED)
        self._halt(batch)
        return sum(map(len, done))

    def oldest(self) -> timedelta:
        """The age of the oldest unsent event, halted ones included."""
        waiting = [row["outbox"][0]["at"] for _, row in self._rows if row["outbox"]]
        waiting += [at for at, _ in self._halted.values()]
        return max(timedelta(0), self._clock() - min(waiting)) if waiting else timedelta(0)

    def _unsent(self, repository: Repository[Any]) -> list[dict[str, Any]]:
        now = self._clock()
        self._halted = {key: halt for key, halt in self._halted.items() if halt[1] > now}
        halted = [id for owner, id in self._halted if owner is repository]
        rows = repository.unsent(MAX_AGGREGATES, but=halted)
        rest = ({"_id": row["_id"], "outbox": self._not_cleared(row["outbox"])} for row in rows)
        return [row for row in rest if row["outbox"]]

    def _not_cleared(self, outbox: Sequence[Entry]) -> list[Entry]:
        """What a majority of the servers has may be a moment old: what was cleared meanwhile stands in it."""
        return [entry for entry in outbox if entry["id"] not in self._cleared]

    def _forget(self, now: datetime) -> None:
        while self._cleared and next(iter(self._cleared.values())) < now:
            self._cleared.pop(next(iter(self._cleared)))

    def _halt(self, batch: PublishBatch) -> None:
        until = self._clock() + HALT
        for index in batch.refused:
            repository, row = self._rows[index]
            stopped_at = row["outbox"][len(batch.confirmed(index))]["at"]
            self._halted[repository, row["_id"]] = (stopped_at, until)
