"""What happens to a world: people act, processes die or stop, connections break, odd messages arrive."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.learning.tests.builders import EVIDENCE
from shared.events.base import Event, Meta
from shared.events.enrollment import DeclarationWithdrawn
from shared.events.envelope import encode
from shared.events.proctor import FaceCheckPassed, Moment
from shared.messaging import topology
from tests.simulation import lessons
from tests.simulation.connection import Message
from tests.simulation.leases import SEALER
from tests.simulation.process import Process
from tests.simulation.students import Student
from tests.simulation.town import REPOSITORIES, START, Town, person_of

if TYPE_CHECKING:
    from tests.simulation.world import World

PEOPLE = 12
MAX_REMEMBERED = 400  # old messages that may be delivered again
MAX_STOP_SECONDS = 10


class Disturbances:
    """Drawn from the world's seed; `bad_messages` are bodies that must all end among the dead letters."""

    def __init__(self, world: "World") -> None:
        self._world, self._chance = world, world.chance
        self.bad_messages: set[str] = set()
        self._old: list[tuple[str, Message]] = []
        self.students = [Student(number, world.chance) for number in range(PEOPLE // 2)]

    def happen(self) -> None:
        """One of them, or none; and those who are at the player go on."""
        for student in self.students:
            if student.next_at <= self._world.now:
                self._let(*student.act(self._world.now))
        draw = self._chance.random()
        if draw < 0.0020:
            self._replace_process()
        elif draw < 0.0030:
            self._stop_process()
        elif draw < 0.0040:
            self._chance.choice(self._world.processes).reconnect()
        elif draw < 0.0060:
            self._send_bad_message()
        elif draw < 0.0100:
            self._redeliver_old_message()
        elif draw < 0.0400:
            self._let_person_act()

    def _replace_process(self) -> None:
        index = self._chance.randrange(len(self._world.processes))
        dead = self._world.processes[index]
        dead.kill()
        self._world.processes[index] = Process(self._world, dead.service)

    def _stop_process(self) -> None:
        process = self._chance.choice(self._world.processes)
        process.sleep(self._world.now + MAX_STOP_SECONDS * self._chance.random())

    def _let_person_act(self) -> None:
        """A person does something, maybe again."""
        self._let(*self._chance.choice(self._acts()))

    def _let(self, service: str, act: Any, *arguments: Any) -> None:
        """By one of the service's processes, if any is awake."""
        hosts = [process for process in self._world.awake() if process.service == service]
        if hosts:
            self._chance.choice(hosts).client(act, *arguments)

    def _acts(self) -> list[tuple[Any, ...]]:
        id = f"e{self._chance.randrange(PEOPLE)}"
        if self._chance.random() < 0.005:
            return [("enrollment", Town.withdraw, id)]
        return [
            ("enrollment", Town.declare, id),
            ("enrollment", Town.approve, id),
            ("payment", Town.pay, id, self._chance.randrange(3)),
            ("proctor", lessons.verify, person_of(id)),
        ]

    def _send_bad_message(self) -> None:
        """One that cannot be decoded, or an event that can never be handled."""
        number = len(self.bad_messages) + 1
        service, body = self._chance.choice(
            (
                ("payment", f"not an event {number}"),
                ("payment", _event_of_nobody(number)),
                ("learning", self._foreign_lease(number)),
            )
        )
        self.bad_messages.add(body)
        # Never doubled: if one of two copies were lost, the other would hide it.
        self._world.broker.queues[topology.inbox(service).name].append(Message(body, body))

    def _foreign_lease(self, number: int) -> str:
        """A passed check of a session that goes on, with the lease of another check."""
        session_id = self._chance.choice([*self._world.guarantees.playing.live(), "nobody's"])
        check = FaceCheckPassed(
            check_id=f"forged-{number}",
            session_id=session_id,
            enrollment_id="e0",
            person_id="person-0",
            lesson_id="common",
            moment=Moment.UNFORESEEN,
            evidence=EVIDENCE,
            lease=SEALER.sealed(session_id, "another", lessons.LESSON_MS),
        )
        return _published(check, check.check_id, "proctor")

    def _redeliver_old_message(self) -> None:
        """A duplicate that comes long after."""
        for service in REPOSITORIES:
            queue = topology.inbox(service).name
            first = next(iter(self._world.broker.queues[queue]), None)
            if first and len(self._old) < MAX_REMEMBERED and first.body not in self.bad_messages:
                self._old.append((queue, first))
        if self._old:
            queue, old = self._chance.choice(self._old)
            self._world.broker.enqueue(queue, Message(old.body, old.subject))


def _event_of_nobody(number: int) -> str:
    """An event about an enrolment that does not exist."""
    id = f"ghost-{number}"
    event = DeclarationWithdrawn(enrollment_id=id, person_id=id, reason="", paid=False)
    return _published(event, id, "enrollment")


def _published(event: Event, id: str, source: str) -> str:
    meta = Meta(id=id, source=source, type=event.TYPE, subject=id, sequence=1, time=START)
    return encode(replace(event, meta=meta))
