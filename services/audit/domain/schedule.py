"""The schedule of face checks computed again from its revealed seed (R17).

moment = covered + rest·10 // 100 + (draw · span >> 64), where rest = duration − covered (LessonEntered),
span = rest·90 // 100 − rest·10 // 100 + 1, and draw is the first 64 bits, big endian, of
HMAC-SHA256(seed, session id); with at most 2000 ms of rest, moment = covered. Milliseconds of credited video.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from services.audit.domain.discrepancy import Discrepancy, against
from shared.events.base import Event
from shared.events.learning import LessonEntered
from shared.events.proctor import ScheduleDrawn, ScheduleRevealed

MIN_REST_MS = 2_000  # with no more video left, the check falls due at once; proctor has its own (ADR 5)


def schedule_faults(own: Sequence[Event]) -> Iterator[Discrepancy]:
    """Each revealed seed must be the promised one and give the published moment."""
    drawn = {event.session_id: event for event in own if isinstance(event, ScheduleDrawn)}
    entered = {event.session_id: event for event in own if isinstance(event, LessonEntered)}
    for revealed in (event for event in own if isinstance(event, ScheduleRevealed)):
        yield from _promise(revealed, drawn.get(revealed.session_id))
        yield from _moment(revealed, entered.get(revealed.session_id))


def moment_of(seed: bytes, entered: LessonEntered) -> int | None:
    """When the unforeseen check of a session falls due, in ms of credited video; None: passed before."""
    if entered.unforeseen_check_passed:
        return None
    rest = entered.duration_ms - entered.covered_ms
    if rest <= MIN_REST_MS:
        return entered.covered_ms
    tag = hmac.new(seed, entered.session_id.encode(), hashlib.sha256).digest()
    first, last = rest * 10 // 100, rest * 90 // 100
    return entered.covered_ms + first + (int.from_bytes(tag[:8], "big") * (last - first + 1) >> 64)


def _promise(revealed: ScheduleRevealed, drawn: ScheduleDrawn | None) -> Iterator[Discrepancy]:
    if drawn is None:
        yield against("schedule_undrawn", "A seed was revealed that was never promised", revealed)
    elif hashlib.sha256(_seed(revealed)).hexdigest() != drawn.seed_hash:
        yield against("seed_differs", "The revealed seed is not the promised one", drawn, revealed)


def _moment(revealed: ScheduleRevealed, entered: LessonEntered | None) -> Iterator[Discrepancy]:
    if entered is None:
        yield against("session_unknown", "The log lacks the session of a schedule", revealed)
        return
    computed = moment_of(_seed(revealed), entered)
    if computed != revealed.unforeseen_at_ms:
        message = f"Published the moment {revealed.unforeseen_at_ms} ms, the seed gives {computed} ms"
        yield against("moment_differs", message, entered, revealed)


def _seed(revealed: ScheduleRevealed) -> bytes:
    """Empty for text that is no hexadecimal, which no hash was promised for."""
    try:
        return bytes.fromhex(revealed.seed)
    except ValueError:
        return b""
