"""One seeded run: people act, processes die or stop, the broker fails; then all is repaired and counted.

One step is one access to store or broker by one thread of one process; which thread comes next is drawn from
the seed. So any two steps of any two processes may change places, and a run can be repeated exactly.
"""

from collections import Counter, deque
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

from greenlet import getcurrent

from shared.events.base import Meta
from shared.events.enrollment import DeclarationWithdrawn
from shared.events.envelope import decode, encode
from shared.messaging import topology
from shared.persistence import processed_events as handled
from shared.persistence.ports import Effects
from tests.simulation.broker import Broker, Fate, Message
from tests.simulation.process import Process
from tests.simulation.store import Database
from tests.simulation.town import FEE_FEN, HANDLERS, REPOSITORIES, START, Town, book_of

SERVICES = sorted(REPOSITORIES)
PROCESSES = 2  # of each service
PEOPLE = 12
TRACE = 30  # steps told with a violation
DRAIN_STEPS = 400_000  # a repaired world that is not at rest by then never will be
GHOST, GARBAGE = "ghost", "not an event"


class Violation(AssertionError):
    """A promise is broken; the seed and the last steps say how to see it again."""

    def __init__(self, world: "World", reason: str) -> None:
        steps = "\n".join(f"  {number} {process} {kind}" for number, process, kind in world.trace)
        super().__init__(f"seed={world.seed} step={world.steps}: {reason}\n{steps}")
        self.reason, self.seed, self.steps = reason, world.seed, world.steps


class World:
    """Everything that one run consists of."""

    def __init__(self, seed: int) -> None:
        self.seed, self.chance, self.hub = seed, Random(seed), getcurrent()
        self.now, self.steps, self._names = 0.0, 0, 0
        self.trace: deque[tuple[int, str, str]] = deque(maxlen=TRACE)
        self.running = "world"
        self.committed: dict[str, Any] = {}
        self._in_inbox: dict[tuple[str, str], int] = {}
        self._reached: set[tuple[str, str]] = set()
        self.surroundings = Effects(new_id=self._new_id, pause=lambda _: self.step("pause"))
        self.broker = Broker(self.chance, _bindings(), SERVICES, self.step, self._heard)
        self.databases = {service: Database(self.step, partial(self._watch, service)) for service in SERVICES}
        self.processes = [Process(self, service) for service in SERVICES for _ in range(PROCESSES)]
        self.strangers = Counter[str]()
        self.faulty = True
        self._past: list[tuple[str, Message]] = []

    def time(self, skew: timedelta) -> datetime:
        """What a process's clock shows."""
        at = START + timedelta(seconds=self.now) + skew
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def a_skew(self) -> timedelta:
        """Some clocks are an hour wrong."""
        return timedelta(hours=self.chance.choice((0, 0, 0, -1, 1)))

    def step(self, kind: str) -> None:
        """Let somebody else go on."""
        if getcurrent() is not self.hub:
            self.trace.append((self.steps, self.running, kind))
            self.hub.switch()

    # ---- running ----

    def run(self, steps: int) -> None:
        """`steps` with faults, then until all is at rest without; raises Violation."""
        try:
            while self.steps < steps:
                self._disturb()
                self._go()
            self._drain()
            self._count()
        except Violation:
            raise
        except AssertionError as broken:
            raise Violation(self, str(broken)) from broken
        finally:
            for process in self.processes:
                process.kill()

    def _go(self) -> None:
        awake = [process for process in self.processes if process.asleep_until <= self.now]
        self.steps += 1
        self.now += self.chance.random() * 0.4
        if self.steps % 16 == 0:
            self.broker.release(self.now)
        if not awake:
            return
        process = self.chance.choice(awake)
        thread = self.chance.choice(process.threads)
        self.running = f"{process.service}-{self.processes.index(process)}"
        thread.switch()
        if thread.dead:
            process.threads.remove(thread)

    def _disturb(self) -> None:
        draw = self.chance.random()
        if draw < 0.0010:
            self._replace(self.chance.randrange(len(self.processes)))
        elif draw < 0.0020:
            self.chance.choice(self.processes).sleep(self.now + 40 * self.chance.random())
        elif draw < 0.0030:
            self.chance.choice(self.processes).reconnect()
        elif draw < 0.0040:
            self._send_stranger()
        elif draw < 0.0100:
            self._redeliver_old()
        elif draw < 0.0600:
            self._act()

    def _replace(self, place: int) -> None:
        dead = self.processes[place]
        dead.kill()
        self.processes[place] = Process(self, dead.service)

    def _act(self) -> None:
        """Somebody does something, maybe again."""
        id, number = f"e{self.chance.randrange(PEOPLE)}", self.steps
        acts: list[tuple[str, Any, tuple[Any, ...]]] = [
            ("enrollment", Town.declare, (id,)),
            ("enrollment", Town.approve, (id,)),
            ("payment", Town.pay, (id, self.chance.randrange(3))),
            *[("learning", Town.study, (id, number))] * 6,
        ]
        if self.chance.random() < 0.02:
            acts = [("enrollment", Town.withdraw, (id,))]
        service, act, arguments = self.chance.choice(acts)
        hosts = [
            process
            for process in self.processes
            if process.service == service and process.asleep_until <= self.now
        ]
        if hosts:
            self.chance.choice(hosts).client(act, *arguments)

    def _send_stranger(self) -> None:
        """A message that nobody can read, or one that can never be handled."""
        self.strangers["sent"] += 1
        body = f"{GARBAGE} {self.strangers['sent']}"
        if self.chance.random() < 0.5:
            body = _ghost(self.strangers["sent"])
        self.strangers[body] += 1
        # Never doubled: of a copy of it nobody would miss the one that is lost.
        self.broker.queues[topology.inbox("payment").name].append(Message(body, body))

    def _redeliver_old(self) -> None:
        """A duplicate that comes long after."""
        for queue in ("payment.inbox", "books.inbox", "enrollment.inbox", "learning.inbox"):
            first = next(iter(self.broker.queues[queue]), None)
            if first and len(self._past) < 400 and first.body not in self.strangers:
                self._past.append((queue, first))
        if self._past:
            queue, old = self.chance.choice(self._past)
            self.broker.enqueue(queue, Message(old.body, old.subject))

    def _drain(self) -> None:
        """Repair everything and wait for rest."""
        self.broker.fate = Fate(0, 0, 0, 0, 0)
        for process in self.processes:
            process.asleep_until = 0.0
        limit = self.steps + DRAIN_STEPS
        while not self._at_rest():
            for _ in range(200):
                self._go()
            if self.steps > limit:
                raise Violation(self, f"no rest: {self._unfinished()}")

    def _at_rest(self) -> bool:
        if self.broker.delayed and not any(self._inboxes()):
            self.now = max(self.now, min(delayed[0] for delayed in self.broker.delayed))
            self.broker.release(self.now)
        clients = any(len(process.threads) > 2 for process in self.processes)
        return not clients and not any(self._unfinished().values())

    def _inboxes(self) -> list[list[Message]]:
        return [self.broker.queues[topology.inbox(service).name] for service in SERVICES]

    def _unfinished(self) -> dict[str, int]:
        unsent = sum(
            len(rows._unsent) for database in self.databases.values() for rows in list(database.values())
        )
        return {
            "unsent": unsent,
            "queued": sum(map(len, self._inboxes())),
            "delayed": len(self.broker.delayed),
        }

    # ---- watching ----

    def _new_id(self) -> str:
        self._names += 1
        return f"event-{self._names}"

    def _watch(self, service: str, kind: str, before: dict | None, after: dict[str, Any]) -> None:
        known = {entry["id"] for entry in before["outbox"]} if before and "outbox" in before else set()
        for entry in after.get("outbox", ()):
            if entry["id"] not in known:
                self._commit(service, kind, entry)
        if kind == "studies" and before and _covered(after) < _covered(before):
            raise Violation(self, f"hours of {after['_id']} went down")
        if len(after.get("handled", ())) > _most_handled():
            raise Violation(self, f"the inbox of {after['_id']} grows without bound")

    def _commit(self, service: str, kind: str, entry: dict[str, Any]) -> None:
        meta = decode(entry["body"]).published
        owner = {"owner": f"{service}/{kind}", "subject": meta.subject, "sequence": meta.sequence}
        self.committed[entry["id"]] = entry | owner
        self.broker.subjects[entry["id"]] = meta.subject

    def _heard(self, consumer: str | None, entry: dict[str, Any]) -> None:
        """Order: the first arrivals of an aggregate's events."""
        fact = self.committed[entry["id"]]
        place = (consumer or "log", entry["id"])
        if place in self._reached:
            return
        self._reached.add(place)
        aggregate = f"{fact['owner']}/{fact['subject']}"
        last = self._in_inbox.get((place[0], aggregate), 0)
        if fact["sequence"] <= last or (consumer is None and fact["sequence"] != last + 1):
            raise Violation(self, f"{place[0]}: event {fact['sequence']} of {aggregate} came after {last}")
        self._in_inbox[place[0], aggregate] = fact["sequence"]

    # ---- counting ----

    def _count(self) -> None:
        lost = [id for id in self.committed if ("log", id) not in self._reached]
        if lost:
            raise Violation(self, f"{len(lost)} committed events never reached the log: {lost[:5]}")
        self._count_books()
        self._count_money()
        self._count_dead()

    def _count_books(self) -> None:
        expected: dict[str, Counter[str]] = {}
        for entry in self.committed.values():
            event: Any = decode(entry["body"])
            if type(event) in HANDLERS["books"]:
                book = expected.setdefault(book_of(event), Counter())
                book["heard"] += 1
                book["money_fen"] += getattr(event, "amount_fen", 0) if "confirmed" in event.TYPE else 0
                book["played_ms"] += event.to_ms - event.from_ms if "credited" in event.TYPE else 0
        for row in self.databases["books"]["books"].peek():
            for figure, value in expected.pop(row["_id"]).items():
                if row[figure] != value:
                    raise Violation(self, f"{row['_id']}: {figure} is {row[figure]}, not {value}")
        if expected:
            raise Violation(self, f"books missing: {sorted(expected)}")

    def _count_money(self) -> None:
        paid = {fee["_id"] for fee in self.databases["payment"]["fees"].peek() if fee["paid_by"]}
        enrolled = {row["_id"] for row in self.databases["enrollment"]["enrollments"].peek() if row["paid"]}
        orders = {
            order["enrollment_id"]
            for order in self.databases["payment"]["orders"].peek()
            if order["status"] == "paid"
        }
        booked = sum(book["money_fen"] for book in self.databases["books"]["books"].peek())
        if not paid == enrolled == orders or booked != FEE_FEN * len(paid):
            raise Violation(self, f"money: fees {paid}, enrolments {enrolled}, orders {orders}, {booked} fen")

    def _count_dead(self) -> None:
        dead = [
            message for service in SERVICES for message in self.broker.queues[topology.dead(service).name]
        ]
        strange = {body for body in self.strangers if body != "sent"}
        found = {message.body for message in dead}
        if found != strange:
            raise Violation(
                self, f"dead letters: {len(strange - found)} missing, {sorted(found - strange)[:2]} alive"
            )


def _ghost(number: int) -> str:
    """An event about an enrolment that nobody knows."""
    id = f"{GHOST}-{number}"
    event = DeclarationWithdrawn(enrollment_id=id, person_id=id, reason="", paid=False)
    meta = Meta(id=id, source="enrollment", type=event.TYPE, subject=id, sequence=1, time=START)
    return encode(replace(event, meta=meta))


def _bindings() -> dict[str, set[str]]:
    bindings: dict[str, set[str]] = {}
    for service, handlers in HANDLERS.items():
        for cls in handlers:
            bindings.setdefault(cls.TYPE, set()).add(service)
    return bindings


def _covered(study: dict[str, Any]) -> int:
    return sum(
        interval["to_ms"] - interval["from_ms"]
        for lesson in study["lessons"]
        for interval in lesson["covered"]
    )


def _most_handled() -> int:
    return handled.MAX_KEPT  # as it is patched below


def run(seed: int, steps: int) -> int:
    """One world; returns how many steps it took. Raises Violation. Small inboxes, so that they move often."""
    with patch.multiple("shared.persistence.processed_events", MIN_KEPT=3, MAX_KEPT=6):
        world = World(seed)
        world.run(steps)
        return world.steps
