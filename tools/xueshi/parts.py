"""A stream that was made anew: audit stores base + the broker's offset, and so does the archive."""

from typing import Any

from pymongo import DESCENDING, MongoClient
from pymongo.errors import PyMongoError

from tools.xueshi.endpoints import Endpoints
from tools.xueshi.errors import Unreachable
from tools.xueshi.outbox import ANSWER_MS

READER = "audit"


def base(endpoints: Endpoints) -> int:
    """The base of the stream as it is now: 0 of the first one, and where audit's database is not named."""
    if READER not in endpoints.mongo_uris:
        return 0
    try:
        uri = endpoints.mongo_uri(READER)
        with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=ANSWER_MS) as client:
            part = client.get_default_database()["parts"].find_one({}, sort=[("_id", DESCENDING)])
    except PyMongoError as error:
        raise Unreachable(f"{READER}'s database does not answer: {type(error).__name__}") from error
    return int(part["_id"]) if part else 0
