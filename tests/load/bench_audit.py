"""`make bench-audit`: how fast the auditor derives studies from a log of EVENTS events (one million).

It fills audit's log with honest studies, whose events stand between those of others, and lets one process
for each processor find and derive them as audit's events processes do. Then one enrolment of 20,000 reports,
and one more study in a log that has been derived. It fails when a study is disputed, forgotten or spoken of
twice.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
from rich.progress import track

from services.audit.application.hours import audit_hours
from services.audit.runtime import AuditEventsRuntime
from services.audit.settings import AuditSettings
from shared.domain.clock import utc_now
from shared.persistence.connection import connect, disconnect
from shared.settings import read
from testkit.honest_study import Course, HonestStudy
from testkit.servers import environments
from testkit.servers.stack import Stack
from tests.load import report
from tests.load.archiving import timed

EVENTS = int(os.environ.get("EVENTS", "1_000_000"))
PROCESSES = os.cpu_count() or 1
COURSE = Course(lessons=80, lesson_ms=900_000)  # lessons of a quarter of an hour: 60 reports each
LONG = Course(lessons=112, lesson_ms=2_700_000, course_id="long")  # 20,160 reports
LONG_STUDY = 1_000_000  # a number that no other study has
TOGETHER = 64  # so many people learn at the same time
AT_ONCE = 2_000  # events to a write
SPAWN = multiprocessing.get_context("spawn")


def main() -> int:
    """Measure, report; 1 when a study is disputed, forgotten or spoken of twice."""
    with tempfile.TemporaryDirectory(prefix="xueshi-bench-") as state:
        stack = Stack(Path(state), programs=["mongod"])
        try:
            stack.start_servers()
            figures = measure(environments.events(stack.site, "audit"), stack.pid("mongod"))
        finally:
            stack.stop()
    report.write("bench-audit", figures)
    print(
        f"Loading took {figures['load_seconds']:.1f} s; one enrolment of {figures['long_reports']} reports "
        f"{figures['long_seconds']:.2f} s; one more study {figures['one_more_seconds']:.2f} s."
    )
    print(
        f"{PROCESSES} processes took {figures['cpu_seconds']:.1f} s of processor time, mongod "
        f"{figures['mongod_cpu_seconds']:.1f} s; at most {figures['peak_mib']:.0f} MiB each; "
        f"load average {os.getloadavg()[0]:.1f}"
    )
    figures["seconds"] = round(figures["seconds"], 1)
    shown = ("events", "seconds", "enrolments", "disputed")
    print("bench-audit", " ".join(f"{name}={figures[name]}" for name in shown))
    return 0 if figures["right"] else 1


def measure(environment: Mapping[str, str], mongod: int) -> dict[str, Any]:
    """Everything that is reported."""
    settings = read(AuditSettings, environment)
    connect(settings)
    try:
        audit = AuditEventsRuntime(settings)
        for store in audit.stores:
            store.ensure_indexes()
        studies = -(-EVENTS // sum(1 for _ in HonestStudy(COURSE).bodies()))
        loading = timed(lambda: load(audit, studies))
        events = audit.log.head().position
        before, mongod_before = children_cpu(), cpu_of(mongod)
        started = time.perf_counter()
        peak = derive(environment)
        seconds = time.perf_counter() - started
        cpu = {
            "cpu_seconds": children_cpu() - before,
            "mongod_cpu_seconds": cpu_of(mongod) - mongod_before,
        }
        figures = outcome(audit, studies)
        load_more(audit, [HonestStudy(COURSE, LONG_STUDY + 1)])
        while not audit.finder_lease.held():  # a process that has ended had it
            time.sleep(0.1)
        one_more = timed(lambda: (audit.finder.run(), audit.deriver.run(10)))
        again = outcome(audit, studies + 1)
        return {
            "events": events, "load_seconds": loading, "peak_mib": peak, **cpu, "seconds": seconds, **figures,
            "right": figures["right"] and again["right"], "one_more_seconds": one_more, **long_study(audit),
        }  # fmt: skip
    finally:
        disconnect(settings.service)


def children_cpu() -> float:
    """Seconds of processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_of(pid: int) -> float:
    """Seconds of processor time of a process."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def load(audit: AuditEventsRuntime, studies: int) -> None:
    """Fill the log: people learn in groups, and the events of a group stand between each other's."""
    append(audit, [COURSE.plan(), COURSE.published()])
    groups = [range(first, min(first + TOGETHER, studies)) for first in range(0, studies, TOGETHER)]
    with SPAWN.Pool(1) as pool:
        made = pool.imap(bodies_of, groups)
        for bodies in track(made, "Loading", total=len(groups), disable=not sys.stderr.isatty()):
            append(audit, bodies)


def bodies_of(numbers: range) -> list[bytes]:
    """The events of a group of studies, ten of each in turn."""
    studies = [HonestStudy(COURSE, number).bodies() for number in numbers]
    bodies: list[bytes] = []
    while studies:
        turns = [list(islice(study, 10)) for study in studies]
        bodies += [body for turn in turns for body in turn]
        studies = [study for study, turn in zip(studies, turns, strict=True) if turn]
    return bodies


def load_more(audit: AuditEventsRuntime, studies: list[HonestStudy]) -> None:
    """Append whole studies."""
    for study in studies:
        append(audit, list(study.bodies()))


def append(audit: AuditEventsRuntime, bodies: list[bytes]) -> None:
    """As audit's reader does, which takes fewer at once."""
    offset = audit.log.head().stream_offset + 1
    for some in portions(bodies):
        audit.log.append(list(enumerate(some, offset)))
        offset += len(some)


def portions(bodies: list[bytes]) -> Iterator[list[bytes]]:
    """So many at once."""
    return (bodies[first : first + AT_ONCE] for first in range(0, len(bodies), AT_ONCE))


def derive(environment: Mapping[str, str]) -> float:
    """Until nothing is left to find or derive, in processes; the most memory that one of them had, in MiB."""
    with ProcessPoolExecutor(PROCESSES, mp_context=SPAWN) as processes:
        return max(processes.map(work, [dict(environment)] * PROCESSES))


def work(environment: dict[str, str]) -> float:
    """What an events process of audit does; its peak of memory in MiB."""
    settings = read(AuditSettings, environment)
    connect(settings)
    audit = AuditEventsRuntime(settings)
    due = {"due_at": {"$ne": None}}
    while audit.cursor.position() < audit.log.head().position or audit.studies.rows.count_documents(due):
        if not audit.finder.run() + audit.deriver.run(20):
            time.sleep(0.05)
    disconnect(settings.service)
    status = Path("/proc/self/status").read_text()  # getrusage counts what the parent had before exec, too
    (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peak) / 1024


def outcome(audit: AuditEventsRuntime, studies: int) -> dict[str, Any]:
    """How many studies were derived, how many are disputed, and whether each was spoken of once."""
    rows = list(audit.studies.rows.find({}, {"outcome.agrees": 1, "sequence": 1}))
    disputed = sum(1 for row in rows if not row["outcome"]["agrees"])
    right = len(rows) == studies and not disputed and {row["sequence"] for row in rows} == {1}
    return {"enrolments": len(rows), "disputed": disputed, "right": right}


def long_study(audit: AuditEventsRuntime) -> dict[str, Any]:
    """One enrolment of more than 20,000 reports, as an auditor asks for it."""
    study = HonestStudy(LONG, LONG_STUDY)
    append(audit, [LONG.plan(), LONG.published(), *study.bodies()])
    started = time.perf_counter()
    hours = audit_hours(audit.log, study.enrollment_id, utc_now())
    seconds = time.perf_counter() - started
    reports = sum(len(lesson.earned) for lesson in hours.lessons.values())
    return {"long_seconds": seconds, "long_reports": reports, "long_match": hours.match}


if __name__ == "__main__":
    sys.exit(main())
