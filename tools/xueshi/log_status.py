"""How far the event log reaches, and how far audit, which chains all of it, has read."""

from dataclasses import dataclass
from typing import Any

from pymongo import DESCENDING, MongoClient
from pymongo.errors import PyMongoError

from shared.eventlog.topology import LOG_STREAM
from tools.xueshi.endpoints import Endpoints
from tools.xueshi.errors import Unreachable
from tools.xueshi.generation import READER, newest_base
from tools.xueshi.outbox import ANSWER_MS
from tools.xueshi.stream import last_offset


@dataclass(frozen=True, kw_only=True)
class LogStatus:
    """Offsets in the stream as it is now; None where there is nothing yet."""

    last: int | None  # of the newest event of the log
    audited: int | None  # of the newest event in audit's database, when it is of this stream
    base: int  # what audit adds before it stores an offset: 0 unless the stream was recreated

    @property
    def behind(self) -> int:
        """How many messages audit has still to read; negative when the stream is not the one it has read."""
        return _count(self.last) - _count(self.audited)


def log_status(endpoints: Endpoints) -> LogStatus:
    """Raises Unknown when there is no stream, Unreachable when a server does not answer."""
    audited, base = _audited(endpoints.mongo_uri(READER))
    return LogStatus(last=last_offset(endpoints.amqp_uri, LOG_STREAM), audited=audited, base=base)


def _audited(mongo_uri: str) -> tuple[int | None, int]:
    try:
        with MongoClient[dict[str, Any]](mongo_uri, serverSelectionTimeoutMS=ANSWER_MS) as client:
            database = client.get_default_database()
            newest = database["log"].find_one({}, {"stream_offset": 1}, sort=[("_id", DESCENDING)])
            base = newest_base(database)
    except PyMongoError as error:
        raise Unreachable(f"{READER}'s database does not answer: {type(error).__name__}") from error
    is_of_this_generation = newest and newest["stream_offset"] >= base
    return (newest["stream_offset"] - base if newest and is_of_this_generation else None), base


def _count(last: int | None) -> int:
    return 0 if last is None else last + 1
