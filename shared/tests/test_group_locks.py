"""Many updates of one aggregate at once hold up nobody else's, on the real MongoDB."""

import asyncio
from secrets import token_hex

import pytest

from shared.persistence.connection import connect, disconnect
from shared.persistence.group_updates import Locks
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, Counters

FLOOD = 60  # more than a lost race is tried again


@pytest.fixture(scope="module")
def counters(servers):
    connect(read(Settings, servers.env_for(ALIAS)))
    repository = Counters()
    repository.ensure_indexes()
    yield repository
    repository.rows.drop()
    disconnect(ALIAS)


def a_counter(counters):
    return counters.add(Counter(id=token_hex(8))).id


def hear(counter):
    counter.hear(1)


def test_a_flood_of_one_aggregate_holds_up_nobody_else(counters):
    flooded, others, done = a_counter(counters), [a_counter(counters) for _ in range(3)], []

    async def ask(id):
        await counters.update_together(id, hear)
        done.append(id)

    async def all_at_once():
        await asyncio.gather(*(ask(flooded) for _ in range(FLOOD)), *map(ask, others))

    asyncio.run(all_at_once())
    assert max(map(done.index, others)) < 10
    assert counters.get(flooded).version == FLOOD  # and none of the flood was lost


def test_whoever_gives_up_waiting_leaves_the_lock_to_the_next():
    locks, held = Locks(), []

    async def hold(name, until):
        async with locks.of("it"):
            held.append(name)
            await until.wait()

    async def quarrel():
        done = asyncio.Event()
        first = asyncio.create_task(hold("first", done))
        second = asyncio.create_task(hold("second", done))
        third = asyncio.create_task(hold("third", done))
        await asyncio.sleep(0)
        second.cancel()
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        done.set()
        await third

    asyncio.run(quarrel())
    assert held == ["first", "third"]
    assert not locks._held
