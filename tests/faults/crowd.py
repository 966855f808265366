"""Many people at once, each in a thread: the load."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from testkit.actors import cast
from testkit.actors.client import Refusal
from testkit.actors.demo_course import POLICY, demo_lessons, demo_plan
from testkit.servers.stack import Stack
from tests.faults.browser import Desk
from tests.faults.office import Office, StuckError
from tests.faults.visitor import Visitor
from tests.faults.visitor_steps import play

STAGGER_SECONDS = 1.0  # between two arrivals
LOGIN_PAUSE_SECONDS = 10.0
PERIOD_SECONDS = 1  # the plan asks for a report so often
FIRST = 1  # number of the first person


class Crowd:
    """`people` at a time. With `followed`, the next person comes when one has finished, until `close`.

    A person gives up after `patience_seconds`, which is a finding.
    """

    def __init__(
        self, stack: Stack, media: Path, *, people: int, followed: bool, patience_seconds: float,
        report_seconds: float = PERIOD_SECONDS,
    ) -> None:  # fmt: skip
        self._people, self._followed, self._patience = people, followed, patience_seconds
        self._next = FIRST
        self.visitors: list[Visitor] = []
        self.stuck: list[str] = []
        self._held: dict[str, threading.Event] = {}
        self._waiting: dict[str, int] = {}
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._threads: list[threading.Thread] = []
        self.office = open_office(stack, media, report_seconds, self._pass)

    def open(self) -> None:
        """The first people arrive, one after the other."""
        self._threads = [
            threading.Thread(target=self._serve, args=(number * STAGGER_SECONDS,), daemon=True)
            for number in range(self._people)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """No more arrivals; returns when the last person has finished or given up."""
        self._closed.set()
        for thread in self._threads:
            thread.join()

    @property
    def finished(self) -> list[Visitor]:
        """The people who have their certificate."""
        return [visitor for visitor in self.visitors if visitor.done]

    def hold(self, step: str) -> None:
        """From now on people wait before this step."""
        self._held[step], self._waiting[step] = threading.Event(), 0

    def waiting(self, step: str) -> int:
        """How many people wait before a held step."""
        return self._waiting[step]

    def release(self, step: str) -> None:
        """Let all people take the step again."""
        self._held.pop(step).set()

    def _pass(self, step: str) -> None:
        if gate := self._held.get(step):
            self._waiting[step] += 1
            gate.wait()

    def _serve(self, delay: float) -> None:
        time.sleep(delay)  # arrivals are staggered
        while True:
            visitor = self._welcome()
            try:
                play(visitor)
            except StuckError as stuck:
                self.stuck.append(str(stuck))
            except Exception as error:  # a mistake of ours must not look like a person who has finished
                self.stuck.append(f"person {visitor.number} at {visitor.step}: {error!r}")
            if not self._followed or self._closed.is_set():
                return

    def _welcome(self) -> Visitor:
        with self._lock:
            visitor = Visitor(self.office, self._next, time.monotonic() + self._patience)
            self._next += 1
            self.visitors.append(visitor)
        return visitor


def open_office(stack: Stack, media: Path, report_seconds: float, before: Callable[[str], None]) -> Office:
    """Log staff in and publish a course and a plan, before anything is broken."""
    accounts = {account.role: account for account in cast.staff_accounts(stack)}
    desks = {role: Desk(stack.url, cast.staff(stack, account)) for role, account in accounts.items()}
    for desk in desks.values():
        _log_in(desk)
    organisation = desks["organisation"]
    course = organisation.publish_course("故障演练课程", demo_lessons(media))
    plan = organisation.client.post("/api/enrollment/plans", a_plan(course))["plan_id"]
    return Office(
        url=stack.url, sms_url=stack.address("sms"), wechat_url=stack.address("wechatpay"),
        organisation=organisation, province=desks["province"], auditor=desks["auditor"], plan_id=plan,
        media=media, report_seconds=report_seconds, before=before,
    )  # fmt: skip


def a_plan(course: str) -> dict[str, object]:
    """Seats for all people. Our faults may fail a check: a person then waits one second, not ten minutes."""
    now = datetime.now(UTC)
    return demo_plan(
        course,
        batch=now.strftime("%Y-%m%d-%H%M%S-faults"),
        seats=10_000,
        contact="faults",
        class_opens_at=(now - timedelta(hours=2)).isoformat(),  # open also for a clock that is an hour behind
        policy=POLICY | {"report_period_s": PERIOD_SECONDS, "cooldown_s": 1},
    )


def _log_in(desk: Desk) -> None:
    """A one-time code that another test has just used is refused; the next one comes within 30 s."""
    for attempt in range(4):
        try:
            return desk.log_in()
        except Refusal:
            if attempt == 3:
                raise
            time.sleep(LOGIN_PAUSE_SECONDS)
    return None
