"""What an entry of the log shows of its body (R31)."""

from datetime import UTC, datetime

import pytest

from services.audit.domain import GENESIS, read_entry
from services.audit.domain.entry import event_id_of

BODY = (
    '{"id":"e1","type":"payment.fee.confirmed.v1","source":"payment","subject":"s1","sequence":"0000000007",'
    '"time":"2026-03-01T16:00:00.900100+08:00",'
    '"traceparent":"00-' + "a" * 32 + "-" + "b" * 16 + '-01",'
    '"data":{"enrollment_id":"enrollment-1","person_id":"person-1"}}'
).encode()


def test_an_entry_shows_what_its_body_says():
    entry = read_entry(7, 42, BODY, GENESIS.hash)
    assert (entry.position, entry.stream_offset, entry.body) == (7, 42, BODY)
    assert (entry.event_id, entry.type, entry.source) == ("e1", "payment.fee.confirmed.v1", "payment")
    assert (entry.subject, entry.sequence, entry.trace_id) == ("s1", 7, "a" * 32)
    assert entry.time == datetime(2026, 3, 1, 8, 0, 0, 900_000, tzinfo=UTC)
    assert entry.time.tzinfo is UTC
    assert (entry.enrollment_id, entry.person_id) == ("enrollment-1", "person-1")
    assert entry.previous_hash == GENESIS.hash
    assert entry.envelope()["id"] == event_id_of(BODY) == "e1"


# printf '%s' no | sha256sum
UNREADABLE = "unreadable-9390298f3fb0c5b160498935d79cb139aef28e1c47358b4bbba61862b9c26e59"


def test_a_body_that_is_no_envelope_is_an_entry_without_columns():
    entry = read_entry(1, 0, b"no", GENESIS.hash)
    assert entry.event_id == event_id_of(b"no") == UNREADABLE
    assert (entry.type, entry.source, entry.subject, entry.sequence) == (None, None, None, None)
    assert (entry.time, entry.trace_id, entry.enrollment_id, entry.person_id) == (None, None, None, None)
    assert entry.envelope() == "no"


def test_a_body_that_is_no_text_can_still_be_shown():
    assert read_entry(1, 0, b"\xff!", GENESIS.hash).envelope() == "�!"


def column(name, value):
    """How the entry shows an attribute whose value is this JSON."""
    return getattr(read_entry(1, 0, f'{{"{name}":{value}}}'.encode(), GENESIS.hash), name)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("type", '"t"', "t"),
        ("type", '"' + "t" * 200 + '"', "t" * 200),
        ("type", '"' + "t" * 201 + '"', None),
        ("type", '""', None),
        ("type", '"a\\u0000b"', None),
        ("type", '"\\ud800"', "?"),
        ("type", "1", None),
        ("sequence", '"0"', 0),
        ("sequence", '"999999999999999999"', 999_999_999_999_999_999),
        ("sequence", '"1000000000000000000"', None),
        ("sequence", '"-1"', None),
        ("sequence", "1", None),
        ("time", '"2026-03-01T08:00:00Z"', datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("time", '"no time"', None),
        ("time", '"0001-01-01T00:00:00+14:00"', None),
        ("time", "1", None),
    ],
)
def test_a_column_holds_what_the_database_can_store(name, value, shown):
    assert column(name, value) == shown


@pytest.mark.parametrize("trace", ['"00-abc-01"', "1", '"x00-' + "a" * 32 + "-" + "b" * 16 + '-01"'])
def test_what_is_no_trace_is_none(trace):
    entry = read_entry(1, 0, f'{{"traceparent":{trace}}}'.encode(), GENESIS.hash)
    assert entry.trace_id is None
