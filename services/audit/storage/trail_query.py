"""How entries that pass a filter are found page by page, so that no page searches the log.

What is asked for most narrowly names the index: a session, a trace, a subject, an enrolment or a person has
few entries; a type or a source has many, and is read from the index in the order of the page.

Between two times the order is that of time, else that of the log. Either way a page goes on behind an entry.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from services.audit.domain import EntryFilter

FEW = ("session_id", "trace_id", "subject", "enrollment_id", "person_id")
MANY = ("type", "source")
TIMES = ("since", "until")
Keys = list[tuple[str, int]]


class TrailQuery(NamedTuple):
    """What is asked of the collection."""

    where: dict[str, Any]
    order: Keys
    hint: Keys


class Place(NamedTuple):
    """The entry behind which a page begins."""

    position: int
    time: datetime | None


def trail_query(wanted: EntryFilter, after: Place | None, *, newest_first: bool) -> TrailQuery:
    """The page behind an entry; None: the first page."""
    direction = -1 if newest_first else 1
    asked = {name: value for name, value in asdict(wanted).items() if value is not None}
    by_time = any(name in asked for name in TIMES)
    where: dict[str, Any] = {name: value for name, value in asked.items() if name not in TIMES}
    if by_time:
        where |= _between(asked, after, newest_first)
    elif after:
        where["_id"] = {"$lt" if newest_first else "$gt": after.position}
    columns = ["time", "_id"] if by_time else ["_id"]
    return TrailQuery(where, [(name, direction) for name in columns], _hint(asked, columns))


def _hint(asked: Mapping[str, Any], columns: list[str]) -> Keys:
    few, many = ([name for name in names if name in asked][:1] for names in (FEW, MANY))
    names = [*few, "_id"] if few else [*many, *columns]
    return [(name, 1) for name in names]


def _between(asked: Mapping[str, Any], after: Place | None, newest_first: bool) -> dict[str, Any]:
    """The stretch of time that is left, and of the entries of its first millisecond those that are left."""
    since, until = asked.get("since"), asked.get("until")
    bounds = {"$gte": since, "$lt": until}
    where: dict[str, Any] = {}
    if after and after.time:
        beyond, edge = ("$lt", "$lte") if newest_first else ("$gt", "$gte")
        bounds[edge] = after.time
        rest = {"time": after.time, "_id": {beyond: after.position}}
        where["$or"] = [{"time": {beyond: after.time}}, rest]
    bounds = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"time": {"$type": "date", **bounds}, **where}
