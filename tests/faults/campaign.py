"""One campaign: people play, things break by plan, all comes to rest, the records are looked through."""

import time
from contextlib import suppress
from dataclasses import dataclass, field

from pymongo.errors import PyMongoError
from rich.console import Console

from testkit.servers.layout import StackError
from testkit.servers.stack import Stack
from tests.faults import records
from tests.faults.breaking import Breaker
from tests.faults.check import Finding, check
from tests.faults.crowd import Crowd
from tests.faults.people import Visitor
from tests.faults.plan import Plan

LOOK_SECONDS, SAY_SECONDS = 1.0, 30.0
MORE_SECONDS = 600.0  # a log that stands still is looked into then
IN_HAND_SECONDS = 30.0  # how long a consumer may work on what it has taken


@dataclass
class Outcome:
    """What came of it; `seconds` is how long people played and things broke."""

    events: int = 0
    kills: int = 0
    seconds: float = 0.0
    rest_seconds: float = 0.0  # until nothing was under way any more
    journeys: int = 0
    repeated: int = 0  # requests that were sent again
    findings: list[Finding] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many findings of this kind."""
        return sum(finding.kind == kind for finding in self.findings)


class Campaign:
    """`settle_seconds`: how long what is under way may take to arrive once people have gone home."""

    def __init__(
        self, stack: Stack, crowd: Crowd, plan: Plan, settle_seconds: float, console: Console
    ) -> None:
        self._stack, self._crowd, self._plan = stack, crowd, plan
        self._settle_seconds, self._console = settle_seconds, console
        self._breaker = Breaker(stack, crowd)
        self._outcome = Outcome()

    def run(self, seconds: float = 0.0, events: int = 0) -> Outcome:
        """At least so long and so many events, and the whole plan."""
        began = time.monotonic()
        self._crowd.open()
        self._break(began)
        self._play_on(began, seconds, events)
        self._outcome.seconds = time.monotonic() - began
        self._rest()
        self._judge()
        self._outcome.kills = self._breaker.kills
        self._outcome.journeys = len(self._crowd.finished)
        self._outcome.repeated = sum(visitor.learner.client.repeated for visitor in self._crowd.visitors)
        for finding in self._outcome.findings:
            self._console.print(f"{finding.kind}: {finding.says}", style="red", markup=False, highlight=False)
        return self._outcome

    def _break(self, began: float) -> None:
        for number, (at, fault) in enumerate(self._plan, start=1):
            time.sleep(max(0.0, began + at - time.monotonic()))  # the plan's time
            self._say(began, f"{number}/{len(self._plan)} {fault}")
            try:
                self._breaker.do(fault)
            except StackError as error:
                self._outcome.findings.append(Finding("failed", f"{fault}: {error}"))

    def _play_on(self, began: float, seconds: float, events: int) -> None:
        said_at = time.monotonic()
        last = began + seconds + MORE_SECONDS
        while time.monotonic() < began + seconds or (self._logged() < events and time.monotonic() < last):
            time.sleep(LOOK_SECONDS)
            if time.monotonic() > said_at + SAY_SECONDS:
                said_at = time.monotonic()
                self._say(began, "people go on playing")
        self._say(began, "nobody comes any more")
        self._crowd.close()
        self._outcome.findings += [Finding("stuck", reason) for reason in self._crowd.stuck]

    def _rest(self) -> None:
        """Wait until every process is ready and nothing is unsent, unread, retried or in work."""
        began = time.monotonic()
        for name in self._stack.supervisor.programs:
            self._stack.await_ready(name)
        while time.monotonic() < began + self._settle_seconds and self._under_way():
            time.sleep(LOOK_SECONDS)
        self._outcome.findings += [Finding("lost", reason) for reason in self._under_way()]
        self._outcome.rest_seconds = time.monotonic() - began

    def _under_way(self) -> list[str]:
        left = records.unsent(self._stack) | records.waiting(self._stack) | records.refilling(self._stack)
        return [f"{where}: {count} still wait" for where, count in left.items()]

    def _judge(self) -> None:
        """Look again while something is missing: what a consumer has in hand stands in no queue."""
        facts = [fact for visitor in self._crowd.visitors for fact in visitor.acknowledged]
        deadline = time.monotonic() + IN_HAND_SECONDS
        while True:
            read = records.read(self._stack)
            found = check(read, facts)
            if all(finding.kind != "lost" for finding in found) or time.monotonic() > deadline:
                break
            time.sleep(LOOK_SECONDS)
        self._outcome.events = len(read.log)
        self._outcome.findings += found + [Finding("disputed", reason) for reason in self._misjudged()]

    def _misjudged(self) -> list[str]:
        """What the auditor cannot derive again from the log."""
        auditor, said = self._crowd.office.auditor.client, []
        log = auditor.get("/api/audit/log", limit=1_000_000)
        if not (log["verified"] and log["complete"]):
            said.append(f"the log is not in order: {log}")
        return said + [wrong for visitor in self._crowd.finished for wrong in self._wrong_hours(visitor)]

    def _wrong_hours(self, visitor: Visitor) -> list[str]:
        id = visitor.enrollment_id
        derived = self._crowd.office.auditor.client.get(f"/api/audit/hours/{id}")
        learned = visitor.learner.client.get(f"/api/learning/enrollments/{id}")
        audited = {lesson["lesson_id"]: lesson["credited_ms"] for lesson in derived["lessons"]}
        credited = {lesson["lesson_id"]: lesson["covered_ms"] for lesson in learned["lessons"]}
        if derived["match"] and audited == credited:
            return []
        return [f"hours of {id} differ: {credited} learned, {audited} audited, {derived['discrepancies']}"]

    def _say(self, began: float, what: str) -> None:
        seconds, people = time.monotonic() - began, len(self._crowd.finished)
        self._console.print(
            f"  {seconds:6.1f} s  {what:<60} {self._logged():>6} events, {people} certificates",
            highlight=False, markup=False,
        )  # fmt: skip

    def _logged(self) -> int:
        """How many events there are so far; the last known while the database is away."""
        with suppress(PyMongoError):
            self._outcome.events = records.logged(self._stack)
        return self._outcome.events
