"""The wire form of events."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shared.events
from services import SERVICES
from shared.events.base import REGISTRY, Meta, event
from shared.events.envelope import Undecodable, decode, decode_as, encode
from shared.tests.probe import CounterRaised

RELEASED = Path(shared.events.__file__).parent / "released"


def published(**changes):
    meta = Meta(
        id="e1", source="probe", type=CounterRaised.TYPE, subject="c1", sequence=7,
        time=datetime(2026, 3, 1, tzinfo=UTC), traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
    )  # fmt: skip
    return replace(CounterRaised(counter_id="c1", by=3, **changes), meta=meta)


@given(note=st.text())
def test_what_is_encoded_decodes_to_the_same(note):
    event = published(note=note)
    read = decode(encode(event))
    assert (read, read.meta) == (event, event.meta)


def test_the_envelope_is_cloudevents_1_0():
    envelope = json.loads(encode(published()))
    assert envelope["specversion"] == "1.0"
    assert envelope["type"] == "probe.counter.raised.v1"
    assert envelope["sequence"] == "0000000007"
    assert envelope["data"] == {"counter_id": "c1", "by": 3, "note": ""}


def test_unknown_fields_are_ignored_and_missing_additions_have_their_default():
    envelope = json.loads(encode(published()))
    envelope["data"] = {"counter_id": "c1", "by": 3, "added_later": True}
    assert decode(json.dumps(envelope)) == CounterRaised(counter_id="c1", by=3)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"[]", b"null", b'{"type": "nobody.knows.this.v1", "data": {}}', b"\xff\xfe",
        json.dumps({"type": CounterRaised.TYPE, "data": {"counter_id": "c1"}}).encode(),
        json.dumps(json.loads(encode(published())) | {"sequence": "seven"}).encode(),
    ],
)  # fmt: skip
def test_what_is_not_an_event_is_undecodable(body):
    with pytest.raises(Undecodable):
        decode(body)


def test_a_type_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        event(CounterRaised.TYPE)(CounterRaised)


def test_every_event_has_a_docstring_and_a_service_of_ours_as_its_producer():
    services = {*SERVICES, "probe"}
    for type_, cls in REGISTRY.items():
        assert cls.__doc__
        assert type_.split(".")[0] in services
        assert type_.rsplit(".", 1)[1].startswith("v")


def test_who_knows_the_type_reads_the_same():
    for type_ in REGISTRY.keys() & {path.stem for path in RELEASED.glob("*.json")}:
        for release in json.loads((RELEASED / f"{type_}.json").read_text())["releases"]:
            for example in release["examples"]:
                body = json.dumps(example).encode()
                event, known = decode(body), decode_as(type_, body)
                assert (known, known.meta) == (event, event.meta)
                assert decode_as("probe.counter.raised.v1", body) == event  # a wrong guess


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"\xff", b'{"type":"probe.counter.raised.v1","data":{}}']
)
def test_who_knows_the_type_is_told_of_what_cannot_be_read(body):
    with pytest.raises(Undecodable):
        decode_as("probe.counter.raised.v1", body)
