"""The log in a real MongoDB."""

import pytest

from services.audit.application.chain_verification import BROKEN_AT, ChainVerifier
from services.audit.domain import GENESIS, EntryFilter, LogFork, verify_chain
from services.audit.storage import EventLog
from services.audit.storage.documents import EntryDocument
from services.audit.tests.builders import World


@pytest.fixture
def messages():
    return list(enumerate(World().study().bodies()))


def entries():
    return EntryDocument._get_collection()


def test_what_was_appended_is_read_to_the_byte(log, messages):
    assert log.append(messages) == len(messages)
    assert [(entry.stream_offset, entry.body) for entry in log.read()] == messages
    assert verify_chain(log.read()).head == log.head()
    assert [entry.position for entry in log.read()] == list(range(1, len(messages) + 1))


def test_a_batch_that_is_read_again_changes_nothing(log, messages):
    log.append(messages[:20])
    before = log.head()
    assert log.append(messages[:20]) == 0
    assert (log.head(), log.repeats()) == (before, 0)
    log.append(messages)
    assert [entry.stream_offset for entry in log.read()] == [offset for offset, _ in messages]


def test_a_crash_within_a_batch_is_made_good(log, messages):
    log.append(messages)
    whole = list(log.read())
    entries().delete_many({"_id": {"$gt": 13}})
    log.append(messages)
    assert list(log.read()) == whole


def test_of_an_event_that_comes_twice_the_first_copy_stays_and_the_second_is_counted(log, messages):
    twice = [messages[0], (100, messages[0][1]), (101, messages[1][1]), (102, messages[0][1])]
    assert log.append(twice) == 2
    assert (log.repeats(), log.head().stream_offset) == (2, 101)
    assert log.append(twice) == 0  # the last one is read again after a restart
    assert log.repeats() == 2


def test_a_second_reader_cannot_fork_the_chain(log, messages):
    class Late(EventLog):
        """A reader that saw the log's head before another one wrote."""

        def head(self):
            return GENESIS

    log.append(messages[:5])
    with pytest.raises(LogFork):
        Late().append([(7, b'{"id":"forged"}')])
    assert verify_chain(log.read()).verified
    assert log.head().position == 5


def test_entries_are_found_by_what_their_body_says(log, messages):
    log.append(messages)
    own = list(log.matching(EntryFilter(enrollment_id="enrollment-1")))
    assert 0 < len(own) < len(messages)
    assert all(b'"enrollment_id":"enrollment-1"' in entry.body for entry in own)
    assert [entry.position for entry in log.read(after=3, limit=2)] == [4, 5]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda: entries().update_one({"_id": 5}, {"$set": {"body": b"{}"}}),
        lambda: entries().update_one({"_id": 5}, {"$set": {"enrollment_id": "enrollment-2"}}),
        lambda: entries().delete_one({"_id": 5}),
        lambda: entries().update_one({"_id": 5}, {"$unset": {"enrollment_id": ""}}),
    ],
)
def test_a_hand_in_the_database_is_found(log, messages, tamper):
    log.append(messages)
    assert tamper().raw_result["n"] == 1
    report = verify_chain(log.read())
    assert not report.verified
    assert report.broken_at in (5, 6)


def test_the_verifier_finds_a_broken_place_in_any_round(log, messages):
    log.append(messages)
    verifier = ChainVerifier(log)
    for _ in range(2 + len(messages) // 7):
        verifier.verify_next(entries=7)
    assert BROKEN_AT._value.get() == 0
    entries().update_one({"_id": 20}, {"$set": {"body": b"{}"}})
    reported = []
    for _ in range(2 * (2 + len(messages) // 7)):
        verifier.verify_next(entries=7)
        reported.append(BROKEN_AT._value.get())
    assert 20 in reported
