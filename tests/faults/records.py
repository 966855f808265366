"""What a system has written down: the stream, the auditor's log, services' documents, the bank's book."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pika
from pymongo import MongoClient

from services import SERVICES
from services.proctor.worker.work_queue import WORK
from shared.eventlog.reader import StreamReader
from shared.messaging import topology
from testkit.servers import mongodb, rabbitmq
from testkit.servers.stack import Stack

Row = dict[str, Any]
QUIET_SECONDS = 2.0  # the end of a stream: nothing comes for so long
UNSENT: Row = {"outbox.at": {"$exists": True}}
NOT_FOUND = 404


@dataclass(frozen=True)
class Records:
    """Everything, as it lay there at one moment; rows of services by collection."""

    stream: list[Row]  # envelopes in the order of the stream, repeats included
    log: list[Row]  # envelopes in the order of the auditor's log
    rows: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    orders: list[Row] = field(default_factory=list)  # of the pay channel


def named(envelope: Row) -> str:
    """An event, so that a person finds it."""
    return f"{envelope['type']} {envelope['id']} ({envelope['subject']} number {int(envelope['sequence'])})"


def read(stack: Stack) -> Records:
    """All of it; the system should be at rest."""
    rows = {it: _rows(stack, it) for it in SERVICES}
    log = [json.loads(it["body"]) for it in sorted(rows.pop("audit")["log"], key=lambda it: it["_id"])]
    return Records(list(_stream(stack)), log, rows, _orders(stack))


def unsent(stack: Stack) -> dict[str, int]:
    """Documents with events that wait in their outbox, by service."""
    found = {}
    for service in SERVICES:
        with _client(stack, service) as client:
            database = client.get_default_database()
            names = database.list_collection_names()
            found[service] = sum(database[it].count_documents(UNSENT) for it in names)
    return {service: count for service, count in found.items() if count}


def refilling(stack: Stack) -> dict[str, int]:
    """Services whose inbox was recreated and is still being filled from the stream."""
    found = {}
    for service in SERVICES:
        with _client(stack, service) as client:
            found[f"refill of {service}"] = client.get_default_database().refills.count_documents({})
    return {what: count for what, count in found.items() if count}


def waiting(stack: Stack) -> dict[str, int]:
    """Messages in inboxes, on ladders, among face jobs and dead letters, by queue that has any."""
    names = [WORK.name]
    for service in SERVICES:
        rungs = (topology.retry(service, it).name for it in range(len(topology.RETRY_DELAYS_MS)))
        names += [topology.inbox(service).name, *rungs, topology.dead(service).name]
    with pika.BlockingConnection(pika.URLParameters(rabbitmq.uri(stack.site))) as connection:
        found = {it: _depth(connection, it) for it in names}
    return {name: count for name, count in found.items() if count}


def logged(stack: Stack) -> int:
    """How many events the auditor's log holds."""
    with _client(stack, "audit") as client:
        last = client.get_default_database().log.find_one({}, {"_id": 1}, sort=[("_id", -1)])
        return int(last["_id"]) if last else 0


def _client(stack: Stack, service: str) -> "MongoClient[Row]":
    return MongoClient(
        mongodb.uri(stack.site, service, service), serverSelectionTimeoutMS=5_000, tz_aware=True
    )


def _rows(stack: Stack, service: str) -> dict[str, list[Row]]:
    with _client(stack, service) as client:
        database = client.get_default_database()
        return {it: list(database[it].find()) for it in database.list_collection_names()}


def _depth(connection: pika.BlockingConnection, queue: str) -> int:
    channel = connection.channel()
    try:
        return int(channel.queue_declare(queue, passive=True).method.message_count)
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code != NOT_FOUND:
            raise
        return 0


def _stream(stack: Stack) -> Iterator[Row]:
    with closing(StreamReader(rabbitmq.uri(stack.site), "first")) as reader:
        while deliveries := reader.round(QUIET_SECONDS):
            yield from (json.loads(delivery.body) for delivery in deliveries)
            reader.acknowledge()


def _orders(stack: Stack) -> list[Row]:
    path = stack.state / "wechatpay" / "wechatpay.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as book:
        book.row_factory = sqlite3.Row
        return [dict(it) for it in book.execute("SELECT out_trade_no, total, trade_state FROM orders")]
