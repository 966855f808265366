"""Aggregates on the real MongoDB: one write for state, version, outbox and inbox."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from secrets import token_hex

import pytest

from shared.domain.errors import NotFound
from shared.events.envelope import decode
from shared.persistence.connection import connect, disconnect
from shared.persistence.repository import AlreadyExists
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, CounterRaised, Counters, NameTaken, TooMuch


@pytest.fixture(scope="module")
def counters(servers):
    connect(read(Settings, servers.env_for(ALIAS)))
    repository = Counters()
    repository.ensure_indexes()
    yield repository
    repository.rows.drop()
    disconnect(ALIAS)


def row(counters, id):
    return counters.rows.find_one({"_id": id})


def a_counter(counters, **state):
    return counters.add(Counter(id=token_hex(8), **state))


def a_cause(counters):
    """An event as it comes from the broker."""
    cause = a_counter(counters)
    counters.update(cause.id, lambda it: it.raise_by(1))
    return decode(row(counters, cause.id)["outbox"][0]["body"])


def test_state_and_event_are_written_together(counters):
    id = a_counter(counters).id
    counters.update(id, lambda it: it.raise_by(5))
    stored = row(counters, id)
    assert (stored["value"], stored["version"], stored["sequence"]) == (5, 1, 1)
    assert json.loads(stored["outbox"][0]["body"])["data"]["by"] == 5


def test_events_of_one_aggregate_are_numbered_without_a_gap(counters):
    id = a_counter(counters).id
    for by in (1, 2):
        counters.update(id, lambda it, by=by: (it.raise_by(by), it.raise_by(by)))
    numbers = [decode(it["body"]).meta.sequence for it in row(counters, id)["outbox"]]
    assert numbers == [1, 2, 3, 4]


def test_a_refused_change_writes_nothing(counters):
    id = a_counter(counters).id
    before = row(counters, id)
    with pytest.raises(TooMuch):
        counters.update(id, lambda it: (it.raise_by(5), it.raise_by(101)))
    assert row(counters, id) == before


def test_a_change_that_changes_nothing_is_not_written(counters):
    id = a_counter(counters).id
    counters.update(id, lambda it: None)
    assert row(counters, id)["version"] == 0


def test_the_same_cause_takes_effect_once(counters):
    cause, id = a_cause(counters), a_counter(counters).id
    for _ in range(3):
        counters.update(id, lambda it: it.raise_by(5), because=cause)
    stored = row(counters, id)
    assert (stored["value"], len(stored["outbox"]), [it["id"] for it in stored["handled"]]) == (
        5,
        1,
        [cause.meta.id],
    )


def test_an_aggregate_made_by_an_event_is_made_once(counters):
    cause, id = a_cause(counters), token_hex(8)
    for _ in range(2):
        counters.add(Counter(id=id, value=3), because=cause)
    other = replace(cause, meta=replace(cause.meta, id="another"))
    with pytest.raises(AlreadyExists):
        counters.add(Counter(id=id, value=4), because=other)
    assert row(counters, id)["value"] == 3


def test_upsert_makes_the_first_and_changes_the_next(counters):
    id = token_hex(8)
    for _ in range(2):
        counters.upsert(Counter(id=id), lambda it: it.raise_by(5))
    assert counters.get(id).value == 10


def test_many_writers_lose_no_change(counters):
    id = a_counter(counters).id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: counters.update(id, lambda it: it.raise_by(1)), range(60)))
    stored = row(counters, id)
    assert (stored["value"], stored["sequence"], len(stored["outbox"])) == (60, 60, 60)


def test_many_writers_with_one_cause_have_one_effect(counters):
    cause, id = a_cause(counters), token_hex(8)
    with ThreadPoolExecutor(8) as pool:
        act = lambda _: counters.upsert(Counter(id=id), lambda it: it.raise_by(1), because=cause)  # noqa: E731
        list(pool.map(act, range(24)))
    assert row(counters, id)["value"] == 1


def test_a_unique_index_speaks_as_its_refusal(counters):
    name = token_hex(4)
    a_counter(counters, name=name)
    with pytest.raises(NameTaken):
        a_counter(counters, name=name)
    other = a_counter(counters)
    with pytest.raises(NameTaken):
        counters.update(other.id, lambda it: setattr(it, "name", name))


def test_what_is_not_there_is_not_found(counters):
    with pytest.raises(NotFound):
        counters.update("nothing", lambda it: it.raise_by(1))


def test_the_first_is_that_of_the_order_or_none(counters):
    name = token_hex(4)
    small, large = (a_counter(counters, name=f"{name}-{value}", value=value) for value in (1, 2))
    ours = {"name": {"$regex": f"^{name}"}}
    assert counters.first(order="value", **ours) == small
    assert counters.first(order="-value", **ours) == large
    assert counters.first(name=name) is None


def test_what_is_stored_comes_before_what_is_new(counters):
    new = Counter(id=token_hex(8))
    assert counters.get_or(new) is new
    assert row(counters, new.id) is None
    stored = counters.add(Counter(id=new.id, value=3))
    assert counters.get_or(new) == stored


def test_the_relay_finds_unsent_events_by_its_index(counters):
    plan = counters.rows.find({"outbox.at": {"$exists": True}}, {"outbox": 1}).sort("outbox.at", 1).explain()
    assert '"indexName": "outbox"' in json.dumps(plan["queryPlanner"]["winningPlan"], default=str)


def test_events_know_their_class(counters):
    assert type(a_cause(counters)) is CounterRaised


def test_an_update_returns_what_the_change_answered(counters):
    id = a_counter(counters, value=2).id
    assert counters.update(id, lambda counter: counter.value * 2) == 4


def test_an_update_answers_nothing_to_a_repeat_and_update_and_get_the_aggregate_as_it_is(counters):
    id, cause = a_counter(counters).id, a_cause(counters)
    assert counters.update(id, lambda counter: counter.hear(1) or "heard", because=cause) == "heard"
    assert counters.update(id, lambda counter: counter.hear(1) or "heard", because=cause) is None
    assert counters.update_and_get(id, lambda counter: counter.hear(1), because=cause).value == 1


def no_access(counter):
    raise NotFound(what="Counter")


def test_whoever_may_not_see_an_aggregate_neither_reads_nor_changes_it(counters):
    id = a_counter(counters).id
    before = row(counters, id)
    with pytest.raises(NotFound):
        counters.get(id, authorise=no_access)
    for change in (counters.update, counters.update_and_get):
        with pytest.raises(NotFound):
            change(id, lambda counter: counter.raise_by(1), authorise=no_access)
    assert row(counters, id) == before


def test_access_is_checked_on_the_very_state_that_is_written(counters):
    """Somebody else takes the counter away between the check and the write: the second attempt refuses."""
    id, seen = a_counter(counters, name=token_hex(4)).id, []

    def only_while_named(counter):
        seen.append(counter.name)
        if counter.name is None:
            raise NotFound(what="Counter")

    def change(counter):
        counters.rows.update_one({"_id": id}, {"$set": {"name": None}, "$inc": {"version": 1}})
        counter.raise_by(1)

    with pytest.raises(NotFound):
        counters.update(id, change, authorise=only_while_named)
    assert len(seen) == 2
    assert row(counters, id)["value"] == 0
