"""The plan of faults: pure, and the same for the same seed."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from services import SERVICES
from shared.crash_points import POINTS

EVENTS = tuple(f"{service}-events" for service in SERVICES)
APIS = tuple(f"{service}-api" for service in SERVICES)
SERVERS = ("rabbitmq", "mongod")
KILLED = (*EVENTS, *APIS, "proctor-worker", "learning-worker", "gateway", *SERVERS)
FROZEN = (*EVENTS, *APIS, "proctor-worker", *SERVERS)
# Learning and proctor record when a learner studied; with a wrong clock their record would be false, and the
# auditor would rightly report it.
WITNESSES = ("learning", "proctor")
MISTIMED = tuple(process for process in (*EVENTS, *APIS) if not process.startswith(WITNESSES))
BUSY = ("learning-events", "proctor-events")  # reach every crash point within seconds
INBOXES = tuple(service for service in SERVICES if service != "audit")  # audit reads the log
RETRIED, REFILLED = "after-retry-publish-before-ack", "within-refill"  # they need a cause of their own
ACTIVE_SHARE = 0.9  # of the time: the last fault still has to be repaired while people play


@dataclass(frozen=True, kw_only=True, order=True)
class Fault:
    """One thing that goes wrong. `detail`: the crash point, or how far the clock is off, in seconds."""

    kind: str
    target: str
    detail: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.target, self.detail)))


Plan = list[tuple[float, Fault]]


def whole(seed: int, seconds: float) -> Plan:
    """Every kind of fault, each process killed, each crash point reached; more kills while time is left."""
    rng = random.Random(seed)
    needed = [*kills(KILLED), *crashes(rng), *outages(), *clocks(rng), *freezes(rng, 6), *deletions(rng, 2)]
    more = max(0, int(seconds / 10) - len(needed))
    return _spread(rng, [*needed, *kills(rng.choices(KILLED, k=more))], seconds)


def short(seed: int, seconds: float) -> Plan:
    """For every test run: each events process, both servers and the worker killed, and more."""
    rng = random.Random(seed)
    dying = kills((*EVENTS, *SERVERS, "proctor-worker", rng.choice(APIS)))
    crashing = rng.sample([fault for fault in crashes(rng) if fault.detail not in (RETRIED, REFILLED)], 2)
    frozen = Fault(kind="freeze", target=rng.choice(EVENTS))
    return _spread(rng, [*dying, *crashing, frozen], seconds)


def kills(targets: Iterable[str]) -> list[Fault]:
    """SIGKILL of each."""
    return [Fault(kind="kill", target=target) for target in targets]


def crashes(rng: random.Random) -> list[Fault]:
    """Each crash point, in a process that reaches it often."""
    return [Fault(kind="crash", target=_process_at(rng, point), detail=point) for point in POINTS]


def outages() -> list[Fault]:
    """Faults of servers that go on running."""
    return [
        Fault(kind="stop_app", target="rabbitmq"),
        Fault(kind="disk full", target="rabbitmq"),
        Fault(kind="objects away", target="s3"),
    ]


def clocks(rng: random.Random) -> list[Fault]:
    """Two processes that run an hour ahead or behind."""
    return [
        Fault(kind="clock", target=target, detail=off)
        for target, off in zip(rng.sample(MISTIMED, 2), ("+3600", "-3600"), strict=True)
    ]


def freezes(rng: random.Random, count: int) -> list[Fault]:
    """SIGSTOP for 8 s."""
    return [Fault(kind="freeze", target=process) for process in rng.sample(FROZEN, count)]


def deletions(rng: random.Random, count: int) -> list[Fault]:
    """A service's inbox is deleted with its messages."""
    return [Fault(kind="queue deleted", target=f"{service}.inbox") for service in rng.sample(INBOXES, count)]


def _process_at(rng: random.Random, point: str) -> str:
    return "certificate-events" if point == RETRIED else rng.choice(BUSY)


def _spread(rng: random.Random, faults: list[Fault], seconds: float) -> Plan:
    """In random order, one in each of equal parts of the time."""
    part: float = seconds * ACTIVE_SHARE / len(faults)
    shuffled = rng.sample(faults, len(faults))
    return [(round((number + rng.random()) * part, 1), fault) for number, fault in enumerate(shuffled)]
