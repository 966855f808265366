"""The moment of the unforeseen check, computed again from the seed (R17)."""

import pytest

from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.schedule import moment_of, schedule_faults
from services.audit.tests.builders import World, changed
from services.audit.tests.logs import HOURS, faults_in, ids, nth, own_events, without
from shared.events.learning import LessonEntered
from shared.events.proctor import ScheduleDrawn, ScheduleRevealed


def test_a_schedule_is_judged_with_its_promise_and_its_session():
    events = World().study().events
    revealed, drawn = nth(events, ScheduleRevealed), nth(events, ScheduleDrawn)
    entered = nth(events, LessonEntered)
    at = revealed.unforeseen_at_ms
    never = "A seed was revealed that was never promised"
    assert faults_in(without(events, ScheduleDrawn)) == [
        Discrepancy("schedule_undrawn", never, ids(revealed))
    ]
    own = own_events(without(events, LessonEntered))
    assert list(schedule_faults(own)) == [
        Discrepancy("session_unknown", "The log lacks the session of a schedule", ids(revealed))
    ]
    other = changed(events, ScheduleRevealed, 0, unforeseen_at_ms=at + 1)
    message = f"Published the moment {at + 1} ms, the seed gives {at} ms"
    assert faults_in(other) == [Discrepancy("moment_differs", message, ids(entered, revealed))]
    seed = changed(events, ScheduleDrawn, 0, seed_hash="0" * 64)
    differs = "The revealed seed is not the promised one"
    assert faults_in(seed) == [Discrepancy("seed_differs", differs, ids(drawn, revealed))]


KNOWN_SEED = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")


def an_entry(session="5e55", covered_ms=0, duration_ms=60_000, unforeseen_check_passed=False):
    return LessonEntered(
        enrollment_id=HOURS, person_id="person-1", lesson_id="lesson-c", session_id=session,
        duration_ms=duration_ms, covered_ms=covered_ms, unforeseen_check_passed=unforeseen_check_passed,
        check_deadline_s=60, check_attempts=3, cooldown_s=600,
    )  # fmt: skip


# Made with openssl and bc, by the formula in the module's docstring and without its code, as proctor's.
@pytest.mark.parametrize(
    ("session", "covered_ms", "duration_ms", "moment"),
    [
        ("5e55", 0, 60_000, 51_341),
        ("0123456789abcdef0123456789abcdef", 0, 2_700_000, 1_138_944),
        ("0123456789abcdef0123456789abcdef", 123_456, 2_700_007, 1_210_325),
        ("学时", 57_999, 60_000, 59_016),
        ("学时", 58_000, 60_000, 58_000),
    ],
)
def test_the_known_moments_stay(session, covered_ms, duration_ms, moment):
    assert moment_of(KNOWN_SEED, an_entry(session, covered_ms, duration_ms)) == moment


def test_no_moment_is_drawn_for_a_check_that_was_passed_before():
    assert moment_of(KNOWN_SEED, an_entry(unforeseen_check_passed=True)) is None
