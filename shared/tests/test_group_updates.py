"""Updates in groups from an event loop, on the real MongoDB: each is as if it were alone."""

import asyncio
from secrets import token_hex

import pytest

from shared.domain.errors import NotFound
from shared.events.envelope import decode
from shared.observability.tracing import continue_trace
from shared.persistence.connection import connect, disconnect
from shared.persistence.gathering import MAX_TOGETHER, Gatherer
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, Counters, NameTaken, TooMuch


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
    return counters.add(Counter(id=token_hex(8), **state)).id


def together(*updates):
    """What each answers, or raises."""

    async def ask():
        return await asyncio.gather(*updates, return_exceptions=True)

    return asyncio.run(ask())


def raise_by(by):
    def change(counter):
        counter.raise_by(by)
        return counter.value

    return change


def test_each_of_a_group_is_written_with_its_event(counters):
    ids = [a_counter(counters) for _ in range(100)]
    answers = together(*(counters.update_together(id, raise_by(n)) for n, id in enumerate(ids, 1)))
    assert answers == list(range(1, 101))
    stored = [row(counters, id) for id in ids]
    assert [(each["value"], each["version"], len(each["outbox"])) for each in stored] == [
        (n, 1, 1) for n in range(1, 101)
    ]


def test_updates_of_one_aggregate_follow_each_other(counters):
    id = a_counter(counters)
    answers = together(*(counters.update_together(id, raise_by(1)) for _ in range(8)))
    assert sorted(answers) == list(range(1, 9))
    assert [decode(entry["body"]).published.sequence for entry in row(counters, id)["outbox"]] == [*answers]


def test_who_is_refused_does_not_hold_up_the_others(counters):
    good, bad = a_counter(counters), a_counter(counters)

    def forbid(_):
        raise NotFound(what="Counter")

    answers = together(
        counters.update_together(bad, raise_by(101)),
        counters.update_together(good, raise_by(1)),
        counters.update_together("nobody", raise_by(1)),
        counters.update_together(bad, raise_by(1), authorise=forbid),
    )
    assert [type(answer) for answer in answers] == [TooMuch, int, NotFound, NotFound]
    assert (row(counters, good)["value"], row(counters, bad)["version"]) == (1, 0)


def test_a_unique_index_refuses_one_only(counters):
    a_counter(counters, name="bread")
    ids = [a_counter(counters) for _ in range(2)]

    def name(value):
        return lambda counter: setattr(counter, "name", value)

    answers = together(
        counters.update_together(ids[0], name("bread")), counters.update_together(ids[1], name("milk"))
    )
    assert (type(answers[0]), answers[1]) == (NameTaken, None)
    assert row(counters, ids[1])["name"] == "milk"


def test_who_loses_a_race_tries_again(counters):
    id, lost = a_counter(counters), []

    def overtaken(counter):
        if not lost:
            lost.append(counter.version)
            counters.update(id, raise_by(5))
        counter.raise_by(1)
        return counter.value

    assert together(counters.update_together(id, overtaken)) == [6]
    assert row(counters, id)["version"] == 2


def test_what_changes_nothing_is_not_written(counters):
    id = a_counter(counters)
    assert together(counters.update_together(id, lambda counter: counter.value)) == [0]
    assert row(counters, id)["version"] == 0


def test_the_caller_s_trace_goes_into_its_event(counters):
    ids, traces = [a_counter(counters) for _ in range(2)], {}

    async def traced(id):
        traces[id] = continue_trace(None)
        await counters.update_together(id, raise_by(1))

    together(*map(traced, ids))
    for id in ids:
        assert decode(row(counters, id)["outbox"][0]["body"]).published.traceparent == traces[id]


def test_only_a_write_with_events_says_when_the_newest_was_recorded(counters):
    id = a_counter(counters)
    together(counters.update_together(id, lambda counter: counter.hear(1)))
    assert "recorded_at" not in row(counters, id)
    together(counters.update_together(id, raise_by(1)))
    stored = row(counters, id)
    assert stored["recorded_at"] == stored["outbox"][0]["at"]


def test_what_is_asked_during_a_round_trip_goes_together():
    groups = []

    def send_all(numbers):
        groups.append(len(numbers))
        return [number * 2 for number in numbers]

    gatherer = Gatherer(send_all)
    count = 3 * MAX_TOGETHER
    assert together(*map(gatherer.send, range(count))) == [2 * number for number in range(count)]
    assert sum(groups) == count
    assert len(groups) < count / 4
    assert max(groups) <= MAX_TOGETHER


def test_what_stops_all_is_raised_for_each_and_the_next_are_served():
    broken = [OSError("away")]

    def send_all(numbers):
        if broken:
            raise broken.pop()
        return numbers

    gatherer = Gatherer(send_all)
    assert [type(answer) for answer in together(gatherer.send(1))] == [OSError]
    assert together(gatherer.send(2), gatherer.send(3)) == [2, 3]


def test_who_has_gone_away_is_not_waited_for():
    gatherer = Gatherer(lambda numbers: numbers)

    async def leave():
        asking = asyncio.ensure_future(gatherer.send(1))
        await asyncio.sleep(0)
        asking.cancel()
        return await gatherer.send(2)

    assert asyncio.run(leave()) == 2


def test_what_cannot_be_stored_fails_alone(counters):
    ids = [a_counter(counters) for _ in range(3)]

    def grow(counter):
        counter.value = 1 << 70

    answers = together(
        counters.update_together(ids[0], raise_by(1)),
        counters.update_together(ids[1], grow),
        counters.update_together(ids[2], raise_by(2)),
    )
    assert (answers[0], type(answers[1]), answers[2]) == (1, OverflowError, 2)
    assert [row(counters, id)["value"] for id in ids] == [1, 0, 2]
