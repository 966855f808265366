"""What should be in the records of a system and is not. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import services
from tests.faults.facts import Fact
from tests.faults.records import Records, Row, named
from tools.contracts.consumers import Consumer, consumers

WITHOUT_INBOX = {  # handlers that do the same however often they run, and note no event
    Consumer("proctor", "end_session"),
    Consumer("proctor", "end_sessions"),
    Consumer("proctor", "delete_references"),
    Consumer("proctor", "process"),  # the face worker and its queue: a job is done when there is a JobDone
    Consumer("proctor", "work_queue"),
}


def lost(records: Records, acknowledged: Iterable[Fact]) -> Iterator[str]:
    """What is not where it should be, by id."""
    yield from _missing_numbers(records)
    yield from _unlogged(records)
    yield from _unhandled(records)
    yield from _left_open(records)
    yield from _broken_promises(records, acknowledged)


def _missing_numbers(records: Records) -> Iterator[str]:
    """An aggregate that counts n events has events 1 to n in the stream."""
    found = defaultdict(set)
    for it in records.stream:
        found[it["source"], it["subject"]].add(int(it["sequence"]))
    for service, id, last in _counted(records):
        missing = set(range(1, last + 1)) - found[service, id]
        if missing:
            yield f"{service} {id}: events {sorted(missing)} of {last} are not in the stream"


def _counted(records: Records) -> Iterator[tuple[str, str, int]]:
    for service, collections in records.rows.items():
        for rows in collections.values():
            yield from ((service, it["_id"], it["sequence"]) for it in rows if it.get("sequence"))


def _unlogged(records: Records) -> Iterator[str]:
    logged = {it["id"] for it in records.log}
    yield from (f"{named(it)} is not in the auditor's log" for it in records.stream if it["id"] not in logged)


def _unhandled(records: Records) -> Iterator[str]:
    """Each event that a service subscribes to stands in one of its inboxes."""
    readers = consumers(Path(services.__path__[0]))
    handled = {service: set(_handled(rows)) for service, rows in records.rows.items()}
    for it in records.log:
        for reader in set(readers.get(it["type"], ())) - WITHOUT_INBOX:
            if it["id"] not in handled[reader.service]:
                yield f"{named(it)} has had no effect in {reader}"


def _handled(collections: dict[str, list[Row]]) -> Iterator[str]:
    for name, rows in collections.items():
        if name == "handled":
            yield from (it["_id"].rpartition("/")[2] for it in rows)
        else:
            yield from (entry["id"] for it in rows for entry in it.get("handled", ()))


def _left_open(records: Records) -> Iterator[str]:
    """What handlers without an inbox should have brought about."""
    done = {it["data"]["job_id"] for it in records.log if it["type"] == "proctor.job.done.v1"}
    over = {it["_id"] for it in records.rows["proctor"]["watches"] if it["over"]}
    sessions = defaultdict(list)
    for it in records.log:
        data = it["data"]
        if it["type"] == "learning.lesson.entered.v1":
            sessions[data["enrollment_id"], data["lesson_id"]].append(data["session_id"])
        elif it["type"] == "proctor.job.queued.v1" and data["job_id"] not in done:
            yield f"{named(it)}: the job was not done"
        elif it["type"] == "learning.lesson.paused.v1" and data["session_id"] not in over:
            yield f"{named(it)}: its session goes on in proctor"
        elif it["type"] == "learning.lesson.completed.v1":
            left = set(sessions[data["enrollment_id"], data["lesson_id"]]) - over
            yield from (f"{named(it)}: session {session} goes on in proctor" for session in left)


def _broken_promises(records: Records, acknowledged: Iterable[Fact]) -> Iterator[str]:
    known = defaultdict(list)
    for it in records.log:
        known[it["type"]].append(it["data"])
    wanted = defaultdict(set)
    for fact in acknowledged:
        wanted[fact.type, tuple(name for name, _ in fact.fields)].add(
            tuple(value for _, value in fact.fields)
        )
    for (type_, names), promised in wanted.items():
        there = {tuple(data[name] for name in names) for data in known[type_]}
        for missing in sorted(promised - there, key=str):
            facts = " ".join(f"{name}={value}" for name, value in zip(names, missing, strict=True))
            yield f"{type_} {facts} was acknowledged and is not in the log"
