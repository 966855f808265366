"""One seeded run: people act, processes die or stop, the broker fails; then all is repaired and counted.

One step is one access to store or broker by one thread of one process; the seed decides which thread is next.
So any two steps of any two processes may change places, and a run can be repeated exactly.
"""

from collections import deque
from datetime import datetime, timedelta
from functools import partial
from random import Random
from unittest.mock import patch

from greenlet import getcurrent

from shared.messaging import topology
from shared.persistence.ports import Effects
from tests.simulation import final_count
from tests.simulation.broker import Broker, FaultRates
from tests.simulation.connection import Message
from tests.simulation.disturbances import Disturbances
from tests.simulation.guarantees import Guarantees, Violation
from tests.simulation.lessons import TIMERS
from tests.simulation.process import Process, Thread
from tests.simulation.randomness import repeatable
from tests.simulation.store import Database
from tests.simulation.town import HANDLERS, REPOSITORIES, START

SERVICES = sorted(REPOSITORIES)
PROCESSES = 2  # of each service
TRACE = 30  # steps that a violation shows
MAX_DRAIN_STEPS = 400_000  # a repaired world that is not at rest by then never will be
MAX_STEP_SECONDS = 0.04
TIMER_STEPS = 100  # between two looks of a timer at the clock
SKEWS_S = {
    "none": (0,),
    "small": (0, 0.5, -0.5, 2),
    "medium": (0, 20, -20, 40),
    "large": (0, 0, 0, -3_600, 3_600),
}
NIGHT_S, NIGHTS = 3 * 3_600, 4  # after which nothing that waits for a time waits any more


class World:
    """Everything that one run consists of."""

    def __init__(self, seed: int) -> None:
        self.seed, self.chance, self.hub = seed, Random(seed), getcurrent()
        self.now, self.steps, self._ids = 0.0, 0, 0
        self._skews = SKEWS_S[self.chance.choice(sorted(SKEWS_S))]
        self.trace: deque[tuple[int, str, str]] = deque(maxlen=TRACE)
        self.running = "world"
        self.guarantees, self.disturbances = Guarantees(self), Disturbances(self)
        self.effects = Effects(new_id=self._new_id, pause=lambda _: self.step("pause"))
        self.broker = Broker(self.chance, _bindings(), SERVICES, self.step, self.guarantees.on_arrival)
        self.databases = {
            service: Database(self.step, partial(self.guarantees.on_write, service)) for service in SERVICES
        }
        self.processes = [Process(self, service) for service in SERVICES for _ in range(PROCESSES)]

    def time(self, skew: timedelta) -> datetime:
        """What a process's clock shows."""
        at = START + timedelta(seconds=self.now) + skew
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def a_skew(self) -> timedelta:
        """In some worlds all clocks are right, in others a few are an hour wrong."""
        return timedelta(seconds=self.chance.choice(self._skews))

    def clock_readings(self) -> tuple[datetime, datetime]:
        """Between which times the running thread has read its clock, since it began what it does."""
        thread = getcurrent()
        assert isinstance(thread, Thread)
        return thread.began, thread.process.clock()

    def awake(self) -> list[Process]:
        """The processes that are not stopped now."""
        return [process for process in self.processes if process.asleep_until <= self.now]

    def step(self, kind: str) -> None:
        """Called by a thread before each access: another thread goes on."""
        if getcurrent() is not self.hub:
            self.trace.append((self.steps, self.running, kind))
            self.hub.switch()

    def run(self, steps: int) -> None:
        """`steps` with faults, then without faults until all is at rest. Raises Violation."""
        try:
            with repeatable(self.chance):
                while self.steps < steps:
                    self.disturbances.happen()
                    self._advance()
                self._drain()
                self._sleep()
            final_count.count(self)
        except Violation:
            raise
        except AssertionError as error:
            raise Violation(self, str(error)) from error
        finally:
            for process in self.processes:
                process.kill()

    def _advance(self) -> None:
        """One thread takes one step."""
        awake = self.awake()
        self.steps += 1
        self.now += self.chance.random() * MAX_STEP_SECONDS
        if self.steps % 16 == 0:
            self.broker.release(self.now)
        if self.steps % TIMER_STEPS == 0:
            self._tick(awake)
        if not awake:
            return
        process = self.chance.choice(awake)
        thread = self.chance.choice(process.threads)
        self.running = f"{process.service}-{self.processes.index(process)}"
        thread.switch()
        if thread.dead:
            process.threads.remove(thread)

    def _tick(self, awake: list[Process]) -> None:
        """A timer of one process goes off."""
        process = self.chance.choice(awake) if awake else None
        if process and process.service in TIMERS:
            process.client(TIMERS[process.service])

    def _sleep(self) -> None:
        """Nobody does anything for a few nights: whatever ends by the mere passing of time has ended."""
        for _ in range(NIGHTS):
            self.now += NIGHT_S
            for process in self.processes:
                if timer := TIMERS.get(process.service):
                    process.client(timer)
            self._drain()

    def _drain(self) -> None:
        """Repair everything and wait until all is at rest."""
        self.broker.faults = FaultRates(0, 0, 0, 0, 0)
        for process in self.processes:
            process.asleep_until = 0.0
        limit = self.steps + MAX_DRAIN_STEPS
        while not self._at_rest():
            for _ in range(200):
                self._advance()
            if self.steps > limit:
                raise Violation(self, f"no rest: {self._unfinished()}")

    def _at_rest(self) -> bool:
        if self.broker.delayed and not any(self._inboxes()):
            self.now = max(self.now, min(due for due, *_ in self.broker.delayed))
            self.broker.release(self.now)
        clients = any(len(process.threads) > 2 for process in self.processes)
        return not clients and not any(self._unfinished().values())

    def _inboxes(self) -> list[list[Message]]:
        return [self.broker.queues[topology.inbox(service).name] for service in SERVICES]

    def _unfinished(self) -> dict[str, int]:
        return {
            "unsent": sum(database.unsent() for database in self.databases.values()),
            "queued": sum(map(len, self._inboxes())),
            "delayed": len(self.broker.delayed),
        }

    def _new_id(self) -> str:
        self._ids += 1
        return f"event-{self._ids}"


def _bindings() -> dict[str, set[str]]:
    bindings: dict[str, set[str]] = {}
    for service, handlers in HANDLERS.items():
        for event_class in handlers:
            bindings.setdefault(event_class.TYPE, set()).add(service)
    return bindings


def run(seed: int, steps: int) -> int:
    """One world; returns how many steps it took. Raises Violation.

    Few processed events are kept in a document, so that they move out of it often.
    """
    with patch.multiple("shared.persistence.processed_events", MIN_KEPT=3, MAX_KEPT=6):
        world = World(seed)
        world.run(steps)
        return world.steps
