"""The hash chain: changing, dropping, inserting or reordering an entry is found (R31, R32)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import GENESIS, read_entry, verify_chain
from services.audit.domain.chain import chained
from services.audit.tests.builders import World


def test_messages_are_chained_behind_the_head():
    bodies = World().study().bodies()[:5]
    entries = a_chain(bodies)
    assert (
        chained(GENESIS, [(position + 10, body) for position, body in enumerate(bodies, start=1)]) == entries
    )
    head = verify_chain(entries[:2]).head
    assert chained(head, [(position + 10, bodies[position - 1]) for position in (3, 4, 5)]) == entries[2:]
    assert chained(head, []) == []


def a_chain(bodies):
    entries, last = [], GENESIS.hash
    for position, body in enumerate(bodies, start=1):
        entries.append(read_entry(position, position + 10, body, last))
        last = entries[-1].hash
    return entries


def test_a_whole_chain_verifies_from_anywhere():
    entries = a_chain(World().study().bodies())
    report = verify_chain(entries)
    assert (report.verified, report.head.position, report.head.hash) == (True, len(entries), entries[-1].hash)
    middle = verify_chain(entries[:7]).head
    assert verify_chain(entries[7:], middle).head == report.head


@given(st.data())
def test_changing_dropping_inserting_or_reordering_is_found(data):
    entries = a_chain([b'{"id":"%d"}' % number for number in range(12)])
    at = data.draw(st.integers(0, 10))
    how = data.draw(st.sampled_from(["change", "drop", "insert", "swap", "column"]))
    if how == "change":
        entries[at] = replace(entries[at], body=entries[at].body + b" ")
    elif how == "drop":
        del entries[at]
    elif how == "insert":
        entries.insert(at, replace(entries[at], body=b"{}"))
    elif how == "swap":
        entries[at], entries[at + 1] = entries[at + 1], entries[at]
    else:
        entries[at] = replace(entries[at], enrollment_id="of somebody else")
    assert not verify_chain(entries).verified


def test_renumbered_links_do_not_hide_a_dropped_entry_from_who_holds_the_head():
    bodies = [b'{"id":"%d"}' % number for number in range(5)]
    forged = a_chain(bodies[:2] + bodies[3:])
    assert verify_chain(forged).verified
    assert verify_chain(forged).head != verify_chain(a_chain(bodies)).head


@given(
    st.binary(max_size=60)
    | st.sampled_from([b'{"id":"\\u0000"}', b'{"id":"\\ud800"}', b"[" * 10_000, b"null", b'{"data":[]}'])
)
def test_whatever_is_in_the_stream_is_an_entry(body):
    entry = read_entry(1, 0, body, GENESIS.hash)
    assert verify_chain([entry]).verified
    assert entry.body == body


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"position": 3}, "position"),
        ({"stream_offset": 11}, "stream_offset"),
        ({"previous_hash": "0" * 64}, "link"),
        ({"body": b"{}"}, "hash"),
        ({"hash": "0" * 64}, "hash"),
        ({"person_id": "somebody"}, "columns"),
    ],
)
def test_a_broken_chain_says_where_and_why(change, reason):
    entries = a_chain([b'{"id":"%d"}' % number for number in range(4)])
    entries[1] = replace(entries[1], **change)
    report = verify_chain(entries)
    assert (report.verified, report.reason) == (False, reason)
    assert report.broken_at == entries[1].position
    assert (report.head.position, report.head.hash) == (1, entries[0].hash)
    assert report.head.stream_offset == 11


def test_an_empty_chain_ends_where_it_began():
    report = verify_chain([])
    assert (report.verified, report.head, report.broken_at, report.reason) == (True, GENESIS, None, None)
    assert (GENESIS.position, GENESIS.stream_offset) == (0, -1)


def test_the_first_entry_of_a_stream_has_offset_zero():
    assert verify_chain([read_entry(1, 0, b"{}", GENESIS.hash)]).verified
