"""The moment of the unforeseen check computed again, and how far the credit of a session may run (R17;
ADR 14).

draw = first 8 bytes, big endian, of HMAC-SHA256(key: seed, message: session id + ":" + value in hexadecimal)
rest = duration − covered                                   both from LessonEntered, ms
moment = covered + low + draw · (high − low + 1) // 2⁶⁴     low, high = rest · 10 // 100, rest · 90 // 100
moment = covered when rest ≤ 2,000 ms
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.audit.domain.session import Session
from services.audit.domain.times import SKEW_MS, milliseconds
from shared.events.learning import CheckDue, LessonEntered, ScheduleMixed
from shared.events.proctor import FaceCheckPassed, Moment, ScheduleRevealed

MIN_REST_MS = 2_000  # with no more video left, the check falls due at once
BYTES = 32  # of a seed, and of learning's value


def bytes_of(text: str) -> bytes:
    """Empty for what is no hexadecimal of the length that the protocol asks for."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        return b""
    return value if len(value) == BYTES else b""


def moment_of(seed: bytes, value: str, entered: LessonEntered) -> int:
    """When the unforeseen check of a session falls due, in ms of credited video of the lesson."""
    rest = entered.duration_ms - entered.covered_ms
    if rest <= MIN_REST_MS:
        return entered.covered_ms
    tag = hmac.new(seed, f"{entered.session_id}:{value}".encode(), hashlib.sha256).digest()
    low, high = rest * 10 // 100, rest * 90 // 100
    return entered.covered_ms + low + (int.from_bytes(tag[:8], "big") * (high - low + 1) >> 64)


def was_passed(entered: LessonEntered, earlier: Iterable[FaceCheckPassed]) -> FaceCheckPassed | None:
    """The unforeseen check of an earlier session that this one needs not repeat, when it says so."""
    until = milliseconds(entered.published.time) + SKEW_MS
    passes = (check for check in earlier if milliseconds(check.published.time) <= until)
    return next(passes, None) if entered.unforeseen_check_passed else None


@dataclass(frozen=True)
class Lease:
    """How far the credit of a session may run. Positions in ms of video.

    `until_ms`: of the first lease; None: to the end of the lesson, or the session plays and its seed is not
    revealed yet. `start`, `unforeseen`: when the checks that open them were passed.
    """

    until_ms: int | None
    start: datetime | None
    unforeseen: datetime | None
    drawn: bool  # whether `until_ms` is the moment of a draw that can be computed

    @classmethod
    def of(cls, session: Session, earlier: Iterable[FaceCheckPassed]) -> "Lease":
        """That of a session. `earlier`: unforeseen checks passed in sessions of the lesson before."""
        start, unforeseen = session.passed(Moment.START), session.passed(Moment.UNFORESEEN)
        until_ms, drawn = _until(session, earlier)
        return cls(
            until_ms,
            start.published.time if start else None,
            unforeseen.published.time if unforeseen else None,
            drawn,
        )


def _until(session: Session, earlier: Iterable[FaceCheckPassed]) -> tuple[int | None, bool]:
    entered, due = session.entered, session.first(CheckDue)
    revealed, mixed = session.first(ScheduleRevealed), session.first(ScheduleMixed)
    if entered is None or was_passed(entered, earlier):
        return None, False
    if revealed and mixed:
        return moment_of(bytes_of(revealed.seed), mixed.value, entered), True
    return (due.covered_ms if due else None), False
