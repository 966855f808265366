"""What waits in each service: outbox, relay, inbox, retry queues, dead letters."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pika.adapters.blocking_connection import BlockingConnection
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.messaging import topology
from tools.xueshi.broker import depth, is_held
from tools.xueshi.endpoints import Endpoints

Documents = Database[dict[str, Any]]
ANSWER_MS = 5_000
OUTBOX_INDEX = "outbox"  # shared.persistence.repository makes it wherever there is an outbox
LEASE = "reader_lease"  # of audit: its holder reads the log
CONNECTED = "connected"  # a connection to the broker has the turn, for as long as it lasts
UNSENT: list[dict[str, Any]] = [
    {"$match": {"outbox.at": {"$exists": True}}},
    {
        "$group": {
            "_id": None,
            "events": {"$sum": {"$size": "$outbox"}},
            "oldest": {"$min": {"$min": "$outbox.at"}},
        }
    },
]


@dataclass(frozen=True, kw_only=True)
class Status:
    """One service. None: not known, or no such queue. `trouble`: why its database does not answer."""

    service: str
    unsent: int | None = None  # events committed and not yet confirmed by the broker
    oldest_seconds: float | None = None  # age of the oldest of them
    relay: str | None = None  # who relays; in audit, who reads the log
    lease_seconds: float | None = None  # how long a lease is still good for
    inbox: int | None = None
    retry: tuple[int | None, ...] = ()  # messages in each retry queue, shortest wait first
    dead: int | None = None
    trouble: str | None = None


def status(endpoints: Endpoints, connection: BlockingConnection, service: str, now: datetime) -> Status:
    """The state of one service. Raises Unknown when its database is not configured."""
    retries = (topology.retry(service, number).name for number in range(len(topology.RETRY_DELAYS_MS)))
    queues = Status(
        service=service,
        relay=CONNECTED if is_held(connection, topology.relay_turn(service)) else None,
        inbox=depth(connection, topology.inbox(service).name),
        retry=tuple(depth(connection, name) for name in retries),
        dead=depth(connection, topology.dead(service).name),
    )
    try:
        with MongoClient[dict[str, Any]](
            endpoints.mongo_uri(service), serverSelectionTimeoutMS=ANSWER_MS, tz_aware=True
        ) as client:
            return replace(queues, **_database(client.get_default_database(), now))
    except PyMongoError as error:
        return replace(queues, trouble=f"{type(error).__name__}: {error}"[:200])


def _database(database: Documents, now: datetime) -> dict[str, Any]:
    return _unsent(database, now) | _lease(database, now)


def _unsent(database: Documents, now: datetime) -> dict[str, Any]:
    """The partial index finds the documents with unsent events; the others cost nothing."""
    names = (
        name
        for name in database.list_collection_names()
        if OUTBOX_INDEX in database[name].index_information()
    )
    unsent = [row for name in names for row in database[name].aggregate(UNSENT)]
    oldest = min((row["oldest"] for row in unsent), default=None)
    return {
        "unsent": sum(row["events"] for row in unsent),
        "oldest_seconds": (now - oldest).total_seconds() if oldest else None,
    }


def _lease(database: Documents, now: datetime) -> dict[str, Any]:
    lease = database[LEASE].find_one({"until": {"$gt": now}})
    if lease is None:
        return {}
    return {"relay": lease["owner"], "lease_seconds": (lease["until"] - now).total_seconds()}
