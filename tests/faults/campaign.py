"""One campaign: people play, faults happen by plan, everything comes to rest, the records are checked."""

import time
from contextlib import suppress
from dataclasses import dataclass, field

from pymongo.errors import PyMongoError
from rich.console import Console

from testkit.servers.layout import StackError
from testkit.servers.stack import Stack
from testkit.waiting import poll
from tests.faults import records
from tests.faults.breaking import Breaker
from tests.faults.check import Finding, check
from tests.faults.crowd import Crowd
from tests.faults.plan import Plan
from tests.faults.visitor import Visitor

POLL_SECONDS, PROGRESS_SECONDS = 1.0, 30.0
MAX_EXTRA_SECONDS = 600.0  # beyond the wanted time, until the log has the wanted events
MAX_HANDLING_SECONDS = 30.0  # of one message by its consumer


@dataclass
class Outcome:
    """The result; `seconds` is how long people played and faults happened."""

    events: int = 0
    kills: int = 0
    seconds: float = 0.0
    rest_seconds: float = 0.0  # from then until nothing was in transit
    journeys: int = 0
    repeated: int = 0  # requests that were sent again
    findings: list[Finding] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many findings of this kind."""
        return sum(finding.kind == kind for finding in self.findings)


class Campaign:
    """`settle_seconds`: how long messages in transit may take to arrive once people have finished."""

    def __init__(
        self, stack: Stack, crowd: Crowd, plan: Plan, settle_seconds: float, console: Console
    ) -> None:
        self._stack, self._crowd, self._plan = stack, crowd, plan
        self._settle_seconds, self._console = settle_seconds, console
        self._breaker = Breaker(stack, crowd)
        self._outcome = Outcome()

    def run(self, seconds: float = 0.0, events: int = 0) -> Outcome:
        """At least so many seconds and events, and the whole plan."""
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
            self._console.print(
                f"{finding.kind}: {finding.message}", style="red", markup=False, highlight=False
            )
        return self._outcome

    def _break(self, began: float) -> None:
        for number, (at, fault) in enumerate(self._plan, start=1):
            time.sleep(max(0.0, began + at - time.monotonic()))  # the plan's time
            self._show(began, f"{number}/{len(self._plan)} {fault}")
            try:
                self._breaker.do(fault)
            except StackError as error:
                self._outcome.findings.append(Finding("failed", f"{fault}: {error}"))

    def _play_on(self, began: float, seconds: float, events: int) -> None:
        shown_at = time.monotonic()
        last = began + seconds + MAX_EXTRA_SECONDS
        while time.monotonic() < began + seconds or (self._logged() < events and time.monotonic() < last):
            time.sleep(POLL_SECONDS)
            if time.monotonic() > shown_at + PROGRESS_SECONDS:
                shown_at = time.monotonic()
                self._show(began, "people go on playing")
        self._show(began, "no more people arrive")
        self._crowd.close()
        self._outcome.findings += [Finding("stuck", reason) for reason in self._crowd.stuck]

    def _rest(self) -> None:
        """Wait until every process is ready and nothing is unsent, unread or retried."""
        began = time.monotonic()
        for name in self._stack.supervisor.programs:
            self._stack.await_ready(name)
        deadline = began + self._settle_seconds
        poll(lambda: not self._in_transit(), deadline - time.monotonic(), POLL_SECONDS)
        self._outcome.findings += [Finding("lost", reason) for reason in self._in_transit()]
        self._outcome.rest_seconds = time.monotonic() - began

    def _in_transit(self) -> list[str]:
        stack = self._stack
        counts = records.unsent(stack) | records.waiting(stack) | records.refilling(stack)
        return [f"{where}: {count} still wait" for where, count in counts.items()]

    def _judge(self) -> None:
        """Check again while something is missing: a message that a consumer is handling is in no queue."""
        findings = self._check()
        deadline = time.monotonic() + MAX_HANDLING_SECONDS
        while any(finding.kind == "lost" for finding in findings) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            findings = self._check()
        self._outcome.findings += findings + [Finding("disputed", reason) for reason in self._disputes()]

    def _check(self) -> list[Finding]:
        written = records.read(self._stack)
        self._outcome.events = len(written.log)
        acknowledged = [event for visitor in self._crowd.visitors for event in visitor.acknowledged]
        return check(written, acknowledged)

    def _disputes(self) -> list[str]:
        """What the auditor derives from the log otherwise than learning, or not at all."""
        log = self._crowd.office.auditor.client.get("/api/audit/log", limit=1_000_000)
        in_order = log["verified"] and log["complete"]
        disorder = [] if in_order else [f"the log is not in order: {log}"]
        return disorder + [
            difference for visitor in self._crowd.finished for difference in self._wrong_hours(visitor)
        ]

    def _wrong_hours(self, visitor: Visitor) -> list[str]:
        id = visitor.enrollment_id
        derived = self._crowd.office.auditor.client.get(f"/api/audit/hours/{id}")
        learned = visitor.learner.client.get(f"/api/learning/enrollments/{id}")
        audited = {lesson["lesson_id"]: lesson["credited_ms"] for lesson in derived["lessons"]}
        credited = {lesson["lesson_id"]: lesson["covered_ms"] for lesson in learned["lessons"]}
        if derived["match"] and audited == credited:
            return []
        return [f"hours of {id} differ: {credited} learned, {audited} audited, {derived['discrepancies']}"]

    def _show(self, began: float, what: str) -> None:
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
