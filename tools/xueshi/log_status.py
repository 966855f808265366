"""How far the event log reaches, and how far audit, which chains all of it, has read."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from pymongo import DESCENDING, MongoClient
from pymongo.errors import PyMongoError

from shared.eventlog.topology import LOG_STREAM
from tools.xueshi.endpoints import Endpoints
from tools.xueshi.errors import Unreachable
from tools.xueshi.follow import LONGEST_CHUNK, beginning_of_last_chunk
from tools.xueshi.outbox import ANSWER_MS
from tools.xueshi.stream import StreamReader

READER = "audit"


@dataclass(frozen=True, kw_only=True)
class LogStatus:
    """Offsets in the stream as it is now; None where there is nothing yet."""

    last: int | None  # of the newest event of the log
    audited: int | None  # of the newest event in audit's database, when it is of this stream
    base: int  # what audit adds before it stores an offset: 0 unless the stream was made anew

    @property
    def behind(self) -> int:
        """How many messages audit has still to read; negative when the stream is not the one it has read."""
        return _count(self.last) - _count(self.audited)


def log_status(endpoints: Endpoints) -> LogStatus:
    """Raises Unknown when there is no stream, Unreachable when a server does not answer."""
    audited, base = _audited(endpoints.mongo_uri(READER))
    return LogStatus(last=_last(endpoints.amqp_uri), audited=audited, base=base)


def _last(amqp_uri: str) -> int | None:
    """The newest offset; of a log that is being written, one of the newest."""
    first = last = beginning_of_last_chunk(amqp_uri, LOG_STREAM)
    if first is None or last is None:
        return None
    with closing(StreamReader(amqp_uri, first)) as reader:
        for taken in reader.rounds():
            last = taken[-1].offset if taken else last
            if not taken or last - first >= LONGEST_CHUNK:
                break
    return last


def _audited(mongo_uri: str) -> tuple[int | None, int]:
    try:
        with MongoClient[dict[str, Any]](mongo_uri, serverSelectionTimeoutMS=ANSWER_MS) as client:
            database = client.get_default_database()
            newest = database["log"].find_one({}, {"stream_offset": 1}, sort=[("_id", DESCENDING)])
            part = database["parts"].find_one({}, sort=[("_id", DESCENDING)])
    except PyMongoError as error:
        raise Unreachable(f"{READER}'s database does not answer: {type(error).__name__}") from error
    base = int(part["_id"]) if part else 0
    is_of_this_part = newest and newest["stream_offset"] >= base
    return (newest["stream_offset"] - base if newest and is_of_this_part else None), base


def _count(last: int | None) -> int:
    return 0 if last is None else last + 1
