"""The derivation of credit that `domain.playback` describes, written from that text alone.

It sees events, and when which lease was granted; it keeps its own books, with no code of the domain.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.events.base import Event
from shared.events.learning import LessonEntered, PlaybackRecorded, ReportRecord
from shared.events.terms import StudyPolicy

ROUNDING_MS = 500
UNTESTED = {"ended", "silent", "window_closed", "check_pending"}  # these rest on more than the reports


@dataclass(frozen=True, kw_only=True)
class Granted:
    """A check was passed, and its lease opened."""

    session_id: str
    until_ms: int


@dataclass(kw_only=True)
class Books:
    """What the auditor knows of one session."""

    lesson: tuple[str, str]
    duration_ms: int
    covered_ms: int
    policy: StudyPolicy
    lease_ms: int = 0
    number: int = 0
    batch: int = 0
    paid_ms: int = 0
    bank_ms: int = 0
    anchor: datetime | None = None


def derive(log: Iterable[Event | Granted], policy: StudyPolicy) -> dict[str, Books]:
    """The books of each session. Raises AssertionError where the rules were not kept."""
    books: dict[str, Books] = {}
    for entry in log:
        if isinstance(entry, LessonEntered):
            lesson = (entry.enrollment_id, entry.lesson_id)
            books[entry.session_id] = Books(
                lesson=lesson, duration_ms=entry.duration_ms, covered_ms=entry.covered_ms, policy=policy
            )
        elif isinstance(entry, Granted):
            session = books[entry.session_id]
            session.lease_ms = min(max(session.lease_ms, entry.until_ms), session.duration_ms)
        elif isinstance(entry, PlaybackRecorded):
            _read(entry, books[entry.session_id])
    return books


def _read(event: PlaybackRecorded, books: Books) -> None:
    assert event.batch == books.batch + 1
    assert event.bank_ms == books.bank_ms
    assert books.anchor is None or event.anchored_at >= books.anchor
    books.batch, books.anchor = event.batch, event.anchored_at
    for record in event.reports:
        if record.refusal is None:
            _pay(record, books)
        else:
            assert (record.paid_ms, record.credited_ms) == (0, 0)
            before = record.received_at < event.anchored_at
            assert before or record.refusal in UNTESTED | {_refusal_of(record, books)}
    assert event.covered_ms == books.covered_ms


def _pay(record: ReportRecord, books: Books) -> None:
    assert _refusal_of(record, books) is None
    assert books.covered_ms < books.lease_ms
    assert books.anchor is not None
    assert record.received_at - books.anchor <= timedelta(seconds=books.policy.silence_s)
    start, end = (min(position, books.duration_ms) for position in (record.from_ms, record.to_ms))
    available = _available(record, books)
    assert record.paid_ms == min(end - start, available, books.lease_ms - start)
    before, books.covered_ms = books.covered_ms, max(books.covered_ms, start + record.paid_ms)
    assert record.credited_ms == books.covered_ms - before
    books.number, books.paid_ms = record.number, books.paid_ms + record.paid_ms
    books.bank_ms, books.anchor = available - record.paid_ms, record.received_at


def _refusal_of(record: ReportRecord, books: Books) -> str | None:
    if record.number != books.number + 1:
        return "out_of_order"
    if not 0 <= record.from_ms <= record.to_ms <= books.duration_ms + ROUNDING_MS:
        return "impossible"
    if record.rate != 1:
        return "wrong_rate"
    start, end = (min(position, books.duration_ms) for position in (record.from_ms, record.to_ms))
    if start > books.covered_ms:
        return "seek_ahead"
    too_much = end - start - _available(record, books) > 1000 * books.policy.bank_s
    return "too_fast" if too_much else None


def _available(record: ReportRecord, books: Books) -> int:
    assert books.anchor is not None
    passed = (record.received_at - books.anchor) // timedelta(milliseconds=1)
    assert passed >= 0
    return min(books.bank_ms + passed, 1000 * books.policy.bank_s)
