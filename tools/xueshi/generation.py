"""The stream's generation: a recreated stream counts from 0 again.

Audit stores base + the broker's offset, and so does the archive.
"""

from typing import Any

from pymongo import DESCENDING, MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from tools.xueshi.endpoints import Endpoints
from tools.xueshi.errors import Unreachable
from tools.xueshi.outbox import ANSWER_MS

READER = "audit"
GENERATIONS = "parts"  # the collection in which audit notes each


def base(endpoints: Endpoints) -> int:
    """The base of the stream as it is now: 0 of the first one, and where audit's database is not named."""
    if READER not in endpoints.mongo_uris:
        return 0
    try:
        uri = endpoints.mongo_uri(READER)
        with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=ANSWER_MS) as client:
            return newest_base(client.get_default_database())
    except PyMongoError as error:
        raise Unreachable(f"{READER}'s database does not answer: {type(error).__name__}") from error


def newest_base(database: Database[dict[str, Any]]) -> int:
    """Of the newest generation in audit's database."""
    newest = database[GENERATIONS].find_one({}, sort=[("_id", DESCENDING)])
    return int(newest["_id"]) if newest else 0
