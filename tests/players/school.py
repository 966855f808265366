"""A running system with a course, and people in it who may learn: declared, paid, verified by their face."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from services.learning.tests.builders import a_video
from testkit.actors.demo_course import lesson_metadata
from testkit.media.rendering import MEDIA, render_media
from testkit.servers.stack import Stack
from tests.faults.crowd import a_plan, open_office
from tests.faults.office import Office, StuckError
from tests.faults.visitor import Visitor
from tests.faults.visitor_steps import STEPS

ENROLLING = ("declare", "log_in", "approve", "pay", "verify")
PATIENCE_SECONDS = 300.0
AT_ONCE = 4  # people who enrol at a time: each keeps the face worker busy


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The one lesson of the course, and how it is played."""

    lesson_seconds: int
    report_period_s: int
    questions: bool = True


class School:
    """The office, and people who have come so far that they may enter a lesson."""

    def __init__(self, stack: Stack, terms: Terms, console: Console) -> None:
        self.stack, self.terms, self._console = stack, terms, console
        self.office: Office = open_office(stack, MEDIA, terms.report_period_s, lambda step: None)
        self.course_id = self._publish()
        self._people = 0

    def enrol(self, count: int) -> list[Visitor]:
        """So many new people, each verified and with an open study. Raises StuckError."""
        plan_id = self._open_plan()
        office = Office(**vars(self.office) | {"plan_id": plan_id})
        people = [Visitor(office, self._next(), time.monotonic() + PATIENCE_SECONDS) for _ in range(count)]
        gate = threading.Semaphore(AT_ONCE)
        side_by_side([partial(_enrol, person, gate) for person in people])
        self.show(f"{count} people are verified and may learn")
        return people

    def show(self, what: str) -> None:
        """A line of progress."""
        self._console.print(f"  {what}", highlight=False, markup=False)

    def _next(self) -> int:
        self._people += 1
        return 50_000 + self._people

    def _publish(self) -> str:
        video = self.stack.state / "lesson.mp4"
        video.write_bytes(a_video(self.terms.lesson_seconds, fps=1))
        lesson = lesson_metadata("长课", "compulsory")
        return self.office.organisation.publish_course("播放课程", [(lesson, video)])

    def _open_plan(self) -> str:
        policy = {
            "hour_seconds": self.terms.lesson_seconds,
            "compulsory_hours": 1,
            "elective_hours": 0,
            "report_period_s": self.terms.report_period_s,
        }
        body = a_plan(self.course_id) | {"policy": policy, "batch": f"P-{time.time_ns()}"}
        plan: dict[str, Any] = self.office.organisation.client.post("/api/enrollment/plans", body)
        return str(plan["plan_id"])


@contextmanager
def school(state: Path, terms: Terms, console: Console) -> Iterator[School]:
    """A school on a system of its own."""
    render_media(MEDIA)
    with Stack(state, console=console) as stack:
        yield School(stack, terms, console)


def side_by_side(acts: list[Callable[[], object]]) -> None:
    """All of them at once, each in a thread. Raises what the first failed one raised."""
    failures: list[BaseException] = []
    threads = [threading.Thread(target=_run, args=(act, failures), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _run(act: Callable[[], object], failures: list[BaseException]) -> None:
    try:
        act()
    except BaseException as error:
        failures.append(error)


def _enrol(person: Visitor, gate: threading.Semaphore) -> None:
    with gate:
        for name in ENROLLING:
            person.step = name
            person.insist(partial(STEPS[name], person))
    if not person.enrollment_id:
        raise StuckError(f"person {person.number} has no enrolment")
