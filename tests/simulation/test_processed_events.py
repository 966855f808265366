"""The processed events of an aggregate, in any order of new, late, repeated events and crashes."""

import contextlib
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import bson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from shared.events.base import Meta
from shared.events.learning import CheckDue
from shared.persistence.ports import Effects
from tests.simulation.books import Book, Books
from tests.simulation.store import Database
from tests.simulation.town import START

MAX_BYTES = 1_500
MILLISECONDS = st.integers(0, 30 * 86_400_000)


class Crash(Exception):
    """The process ends before this access."""


class ProcessedEventsOfABook(RuleBasedStateMachine):
    """A book counts each event once."""

    events = Bundle("events")

    @initialize()
    def begin(self):
        self.accesses_left, self.processed, self.number = None, set(), 0
        self.patch = patch.multiple("shared.persistence.processed_events", MIN_KEPT=2, MAX_KEPT=5)
        self.patch.start()
        self.database = Database(self.access)
        effects = Effects(new_id=lambda: "unused", pause=lambda _: None)
        self.books = Books(lambda: START, self.database, effects)

    def teardown(self):
        self.patch.stop()

    def access(self, kind):
        if self.accesses_left is not None:
            self.accesses_left -= 1
            if self.accesses_left < 0:
                raise Crash

    @rule(target=events, after_ms=MILLISECONDS, micro=st.integers(0, 999))
    def publish(self, after_ms, micro):
        self.number += 1
        time = START + timedelta(milliseconds=after_ms, microseconds=micro)
        meta = Meta(
            id=f"e{self.number}",
            source="learning",
            type=CheckDue.TYPE,
            subject="s",
            sequence=1,
            time=time,
        )
        event = CheckDue(
            enrollment_id="study",
            person_id="p",
            lesson_id="l",
            session_id="s",
            covered_ms=1,
            reached_at=START,
        )
        return replace(event, meta=meta)

    @rule(event=events)
    def deliver(self, event):
        self.accesses_left = None
        self.books.upsert(Book(id="book"), lambda book: book.hear(event), because=event)
        self.processed.add(event.published.id)

    @rule(event=events, accesses=st.integers(0, 5))
    def crash_while_delivering(self, event, accesses):
        self.accesses_left = accesses
        with contextlib.suppress(Crash):
            self.books.upsert(Book(id="book"), lambda book: book.hear(event), because=event)
        self.accesses_left = None
        row = self.database["books"].find_one({"_id": "book"})
        if row and row["heard"] > len(self.processed):
            self.processed.add(event.published.id)

    @invariant()
    def each_event_counts_once_and_the_document_is_small(self):
        if not hasattr(self, "database"):
            return
        self.accesses_left = None
        row = self.database["books"].find_one({"_id": "book"})
        assert (row["heard"] if row else 0) == len(self.processed)
        assert len(bson.encode(row or {})) < MAX_BYTES


TestProcessedEventsOfABook = ProcessedEventsOfABook.TestCase
TestProcessedEventsOfABook.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
