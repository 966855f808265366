"""Old versions read as the newest: V1 → V2 → V3, from the log and from the queue."""

import json

import pytest

from shared.events.base import REGISTRY, Event, event
from shared.events.envelope import Undecodable, decode, encode
from shared.events.upcast import UPCASTERS, Data, newest, next_version, types_read_as, upcast, upcasts
from shared.messaging import topology
from shared.tests.probe import CounterRaised

OLDEST, OLD, NEW = (f"probe.price.changed.v{number}" for number in (1, 2, 3))


@event(OLD)
class PriceChangedV2(Event):
    """改价: a price in fen (no rule: a test's own)."""

    price_fen: int


@event(NEW)
class PriceChangedV3(Event):
    """改价: a price in fen with its currency (no rule: a test's own)."""

    price_fen: int
    currency: str


@upcasts(OLDEST)  # whose class is gone
def to_fen(data: Data) -> Data:
    return {"price_fen": round(data["yuan"] * 100)}


@upcasts(OLD)
def with_currency(data: Data) -> Data:
    return {**data, "currency": "CNY"}


def written(type_, data, **changes):
    meta = {"id": "e1", "source": "probe", "type": type_, "subject": "p1", "sequence": "0000000007"}
    return json.dumps(meta | {"time": "2026-03-01T00:00:00+00:00", "data": data} | changes)


@pytest.mark.parametrize(
    ("type_", "data"),
    [(OLDEST, {"yuan": 6}), (OLD, {"price_fen": 600}), (NEW, {"price_fen": 600, "currency": "CNY"})],
)
def test_every_version_reads_as_the_newest(type_, data):
    read = decode(written(type_, data))
    assert read == PriceChangedV3(price_fen=600, currency="CNY")
    assert (read.published.id, read.published.sequence, read.published.subject) == ("e1", 7, "p1")


def test_what_was_read_from_an_old_version_can_be_written_and_read_again():
    read = decode(written(OLDEST, {"yuan": 6}))
    assert read.published.type == NEW
    again = decode(encode(read))
    assert (again, again.meta) == (read, read.meta)


def test_an_upcaster_leaves_the_stored_data_alone():
    data = {"price_fen": 600}
    assert upcast(OLD, data) == {"price_fen": 600, "currency": "CNY"}
    assert data == {"price_fen": 600}


@pytest.mark.parametrize("data", [{}, {"yuan": None}, {"yuan": "six"}, None, [], "text", 1])
def test_data_that_an_upcaster_cannot_take_is_undecodable(data):
    with pytest.raises(Undecodable):
        decode(written(OLDEST, data))


def test_whatever_goes_wrong_in_an_upcaster_stays_with_its_message(monkeypatch):
    def broken(data: Data) -> Data:
        raise RuntimeError("a bug")

    monkeypatch.setitem(UPCASTERS, OLD, broken)
    with pytest.raises(Undecodable, match="a bug"):
        decode(written(OLD, {"price_fen": 600}))


def test_the_reason_names_the_field_and_not_its_content():
    with pytest.raises(Undecodable) as caught:
        decode(written(NEW, {"price_fen": "张三 13800000000", "currency": "CNY"}))
    assert "price_fen" in str(caught.value)
    assert "13800000000" not in str(caught.value)


def test_a_body_nested_too_deeply_is_undecodable():
    with pytest.raises(Undecodable, match="RecursionError"):
        decode("[" * 200_000)


def test_an_inbox_takes_every_version_that_reads_as_its_class():
    assert types_read_as(PriceChangedV3) == [OLDEST, OLD, NEW]
    assert types_read_as(CounterRaised) == [CounterRaised.TYPE]


def test_nobody_can_subscribe_to_a_superseded_version():
    with pytest.raises(ValueError, match=r"reads as probe\.price\.changed\.v3"):
        types_read_as(PriceChangedV2)


class Bindings:
    """Stands in for a broker's channel: keeps what is bound."""

    def __init__(self):
        self.keys = []

    def exchange_declare(self, *args, **kwargs): ...

    def queue_declare(self, *args, **kwargs): ...

    def queue_bind(self, queue, exchange, key):
        self.keys.append((queue, exchange, key))


def test_the_inbox_is_bound_to_the_old_routing_keys_too():
    channel = Bindings()
    topology.declare_consumer(channel, "shop", [PriceChangedV3])
    assert channel.keys == [("shop.inbox", "probe.events", version) for version in (OLDEST, OLD, NEW)]


def test_a_version_is_upcast_once():
    with pytest.raises(ValueError, match="upcast twice"):
        upcasts(OLD)(with_currency)


@pytest.mark.parametrize("type_", ["probe.price.changed", "v1", "probe.price.changed.vX", ".v1"])
def test_only_a_versioned_type_has_a_next_version(type_):
    with pytest.raises(ValueError, match=r"\.vN"):
        next_version(type_)


def test_versions_are_counted_as_numbers():
    assert next_version("probe.price.changed.v9") == "probe.price.changed.v10"


def test_every_upcaster_leads_to_an_event():
    assert {newest(type_) for type_ in UPCASTERS} <= set(REGISTRY)
