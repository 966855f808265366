"""What has taken effect once never does again, however late it comes and however small the document stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import bson
import pytest
from mongoengine.connection import get_db

from shared.events.base import Meta
from shared.persistence.connection import connect, disconnect
from shared.persistence.documents import document_of
from shared.persistence.processed_events import HANDLED, MAX_KEPT, MIN_KEPT
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, CounterRaised, Counters

START = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)  # not whole milliseconds, as others may send
MOST_BYTES = 12_000


class Others(Counters):
    document = document_of(Counter, "probe_others", service=ALIAS)


@pytest.fixture(scope="module")
def counters(servers):
    connect(read(Settings, servers.env_for(ALIAS)))
    yield Counters()
    Counters().rows.drop()
    get_db(ALIAS)[HANDLED].drop()
    disconnect(ALIAS)


def raised(at: datetime = START, source: str = "source") -> CounterRaised:
    meta = Meta(
        id=token_hex(16), source="probe", type=CounterRaised.TYPE, subject=source, sequence=1, time=at
    )
    return replace(CounterRaised(counter_id=source, by=1), meta=meta)


def hear(counters, id, event):
    counters.upsert(Counter(id=id), lambda it: it.hear(event.by), because=event)


def a_month(events=400):
    """Events of 30 days, in order of time."""
    return [raised(START + timedelta(days=30) * number / events) for number in range(events)]


def test_redelivery_after_a_month_of_other_events_has_no_second_effect(counters):
    id, events = token_hex(8), a_month()
    for event in events:
        hear(counters, id, event)
    for event in events:
        hear(counters, id, event)
    row = counters.rows.find_one({"_id": id})
    assert row["value"] == len(events)
    assert len(row["handled"]) <= MAX_KEPT
    assert len(bson.encode(row | {"order": []})) < MOST_BYTES


def test_an_event_from_before_what_was_moved_still_takes_effect_once(counters):
    id = token_hex(8)
    for event in a_month(2 * MAX_KEPT):
        hear(counters, id, event)
    late = raised(START - timedelta(days=1))  # held up on its way
    for _ in range(3):
        hear(counters, id, late)
    assert counters.get(id).value == 2 * MAX_KEPT + 1


def test_aggregates_of_two_kinds_with_one_id_each_take_the_event(counters):
    others, id, events = Others(), token_hex(8), a_month(2 * MAX_KEPT)
    for event in events:
        hear(counters, id, event)
    for event in events:
        hear(others, id, event)
    assert (counters.get(id).value, others.get(id).value) == (2 * MAX_KEPT, 2 * MAX_KEPT)
    others.rows.drop()


class DiesBetween(Exception):
    """The process ends after the copies are written and before the document is."""


class FailingRows:
    """A real collection whose next conditional write never comes."""

    def __init__(self, rows):
        self._rows, self.broken = rows, False

    def __getattr__(self, name):
        return getattr(self._rows, name)

    def update_one(self, *arguments):
        if self.broken:
            raise DiesBetween
        return self._rows.update_one(*arguments)


def test_a_crash_between_the_two_writes_neither_loses_nor_doubles(counters):
    id, events = token_hex(8), a_month(MAX_KEPT)
    for event in events:
        hear(counters, id, event)
    rows, cause = FailingRows(counters.rows), raised(START + timedelta(days=31))
    moved = get_db(ALIAS)[HANDLED]
    dying = Counters(database={counters.rows.name: rows, HANDLED: moved})
    rows.broken = True
    with pytest.raises(DiesBetween):
        hear(dying, id, cause)
    copies = {"_id": {"$regex": f"/{id}/"}}
    assert (moved.count_documents(copies), counters.get(id).value) == (MAX_KEPT - MIN_KEPT, MAX_KEPT)
    for event in [cause, *events, cause]:
        hear(counters, id, event)
    assert (moved.count_documents(copies), counters.get(id).value) == (MAX_KEPT - MIN_KEPT, MAX_KEPT + 1)
