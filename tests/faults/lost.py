"""Finds what is missing in the records of a system. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import services
from services.learning.domain.ledger import batch_id
from tests.faults.acknowledged import AcknowledgedEvent
from tests.faults.records import Records, Row, describe
from tools.contracts.consumers import Consumer, consumers

RECORDED = "learning.playback.recorded.v1"
IDEMPOTENT = {  # handlers that do the same however often they run, and record no processed event
    Consumer("proctor", "delete_references"),
    Consumer("enrollment", "note_conduct"),  # what is honest is not even written
    Consumer("learning", "keep_ledger"),  # a batch is kept once, by its session and number
    Consumer("proctor", "process"),  # the face worker and its queue: a job is done when there is a JobDone
    Consumer("proctor", "work_queue"),
}


def lost(records: Records, acknowledged: Iterable[AcknowledgedEvent]) -> Iterator[str]:
    """Everything that is missing; each message names ids."""
    yield from _missing_numbers(records)
    yield from _unlogged(records)
    yield from _unprocessed(records)
    yield from _left_open(records)
    yield from _broken_promises(records, acknowledged)


def _missing_numbers(records: Records) -> Iterator[str]:
    """An aggregate that counts n events has events 1 to n in the stream."""
    numbers = defaultdict(set)
    for event in records.stream:
        numbers[event["source"], event["subject"]].add(int(event["sequence"]))
    for service, id, last in _counted(records):
        missing = set(range(1, last + 1)) - numbers[service, id]
        if missing:
            yield f"{service} {id}: events {sorted(missing)} of {last} are not in the stream"


def _counted(records: Records) -> Iterator[tuple[str, str, int]]:
    for service, collections in records.rows.items():
        for rows in collections.values():
            yield from ((service, row["_id"], row["sequence"]) for row in rows if row.get("sequence"))


def _unlogged(records: Records) -> Iterator[str]:
    logged = {event["id"] for event in records.log}
    yield from (
        f"{describe(event)} is not in the auditor's log"
        for event in records.stream
        if event["id"] not in logged
    )


def _unprocessed(records: Records) -> Iterator[str]:
    """Each event that a service subscribes to is among the processed events of one of its documents."""
    readers = consumers(Path(services.__path__[0]))
    processed = {service: set(_processed(rows)) for service, rows in records.rows.items()}
    for event in records.log:
        for reader in set(readers.get(event["type"], ())) - IDEMPOTENT:
            if event["id"] not in processed[reader.service]:
                yield f"{describe(event)} has had no effect in {reader}"


def _processed(collections: dict[str, list[Row]]) -> Iterator[str]:
    for name, rows in collections.items():
        if name == "handled":
            yield from (row["_id"].rpartition("/")[2] for row in rows)
        else:
            yield from (entry["id"] for row in rows for entry in row.get("handled", ()))


def _left_open(records: Records) -> Iterator[str]:
    """What has begun, and has not been brought to its end."""
    ids = defaultdict(set)
    for event in records.log:
        ids[event["type"]].add(event["data"].get("job_id") or event["data"].get("session_id"))
    over = {row["_id"] for row in records.rows["proctor"]["watches"] if row["over"]}
    kept = {row["_id"] for row in records.rows["learning"].get("ledger", ())}
    for event in records.log:
        id = event["data"].get("session_id")
        if event["type"] == "proctor.job.queued.v1":
            if event["data"]["job_id"] not in ids["proctor.job.done.v1"]:
                yield f"{describe(event)}: the job was not done"
        elif event["type"] == RECORDED and batch_id(id, event["data"]["batch"]) not in kept:
            yield f"{describe(event)}: the ledger lacks it"
        elif event["type"] == "learning.lesson.entered.v1" and id not in ids["learning.session.ended.v1"]:
            yield f"{describe(event)}: its session has not ended"
        elif event["type"] == "learning.session.ended.v1" and id not in over:
            yield f"{describe(event)}: its session goes on in proctor"
        elif event["type"] == "proctor.schedule.drawn.v1" and id not in ids["proctor.schedule.revealed.v1"]:
            yield f"{describe(event)}: its seed was not revealed"


def _broken_promises(records: Records, acknowledged: Iterable[AcknowledgedEvent]) -> Iterator[str]:
    """Events that the answer of an api has promised and that are not in the log."""
    logged = defaultdict(list)
    for event in records.log:
        logged[event["type"]] += _promises(event)
    for (type_, names), promised in _by_shape(acknowledged).items():
        present = {tuple(data[name] for name in names) for data in logged[type_]}
        for missing in sorted(promised - present, key=str):
            fields = " ".join(f"{name}={value}" for name, value in zip(names, missing, strict=True))
            yield f"{type_} {fields} was acknowledged and is not in the log"


def _promises(event: Row) -> list[Row]:
    """What an event keeps: of a batch, each report that was accepted."""
    data: Row = event["data"]
    if event["type"] != RECORDED:
        return [data]
    return [
        {"session_id": data["session_id"], "report": report["number"], "credited_ms": report["credited_ms"]}
        for report in accepted_reports(data)
    ]


def accepted_reports(batch: Row) -> list[Row]:
    """The reports of a batch that were not refused."""
    return [report for report in batch["reports"] if report["refusal"] is None]


def _by_shape(acknowledged: Iterable[AcknowledgedEvent]) -> dict[Any, set[tuple[Any, ...]]]:
    """Values of the promised events, by type and names of their fields."""
    values = defaultdict(set)
    for event in acknowledged:
        names = tuple(name for name, _ in event.fields)
        values[event.type, names].add(tuple(value for _, value in event.fields))
    return values
