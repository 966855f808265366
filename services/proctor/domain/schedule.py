"""The unforeseen moment of a session (R17): a pure function, so that anyone can compute it again.

    draw   = first 8 bytes of HMAC-SHA256(key = seed, message = session id + ":" + value), big endian
    rest   = duration_ms - covered_ms                   both from LessonEntered
    low    = rest * 10 // 100
    high   = rest * 90 // 100
    moment = covered_ms + low + draw * (high - low + 1) // 2**64

The message is in UTF-8; `value` is learning's, in the hexadecimal of ScheduleMixed. `moment` is in ms of
credited video; the check falls due once that much is credited. When 2000 ms or less are left, which a
completed lesson may lack (R24), the moment is covered_ms: due after the start check.
The SHA-256 of the seed is published at the start (ScheduleDrawn), then the value (ScheduleMixed), and the
seed afterwards (ScheduleRevealed): neither side knows the other's part when it draws its own, and neither can
choose the moment later.
"""

import hashlib
import hmac
import secrets

SEED_BYTES = 32
MIN_REST_MS = 2_000  # with no more video left, the check falls due at once; audit has its own figure (ADR 5)
EARLIEST_PERCENT, LATEST_PERCENT = 10, 90
DRAW_BYTES = 8


def draw_seed() -> bytes:
    """A fresh seed, from the system's source of randomness."""
    return secrets.token_bytes(SEED_BYTES)


def seed_hash(seed: bytes) -> str:
    """The commitment that is published before the lesson: SHA-256, hexadecimal."""
    return hashlib.sha256(seed).hexdigest()


def unforeseen_moment(seed: bytes, value: str, session_id: str, covered_ms: int, duration_ms: int) -> int:
    """The credited video, in ms, at which the unforeseen check falls due."""
    rest = duration_ms - covered_ms
    if rest <= MIN_REST_MS:
        return covered_ms
    low, high = rest * EARLIEST_PERCENT // 100, rest * LATEST_PERCENT // 100
    return covered_ms + low + (_draw(seed, value, session_id) * (high - low + 1) >> (8 * DRAW_BYTES))


def _draw(seed: bytes, value: str, session_id: str) -> int:
    mac = hmac.digest(seed, f"{session_id}:{value}".encode(), "sha256")
    return int.from_bytes(mac[:DRAW_BYTES], "big")
