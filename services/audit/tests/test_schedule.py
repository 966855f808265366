"""The moment of the unforeseen check, computed again from seed and value (R17)."""

import pytest

from services.audit.domain.schedule import moment_of
from services.audit.tests.builders import World
from services.audit.tests.logs import (
    HOUR,
    HOURS,
    altered,
    codes_in,
    faults_in,
    ids,
    moved,
    nth,
    swapped,
    without,
)
from shared.events.learning import LessonEntered, ScheduleMixed
from shared.events.proctor import ScheduleDrawn, ScheduleRevealed

SEED = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
VALUE = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"


def an_entry(session="5e55", covered_ms=0, duration_ms=60_000, unforeseen_check_passed=False):
    return LessonEntered(
        enrollment_id=HOURS, person_id="person-1", lesson_id="lesson-c", session_id=session,
        duration_ms=duration_ms, covered_ms=covered_ms, unforeseen_check_passed=unforeseen_check_passed,
        check_deadline_s=60, check_attempts=3, cooldown_s=600,
    )  # fmt: skip


# Made with openssl and bc, by the formula of ADR 14 and without any code of ours.
@pytest.mark.parametrize(
    ("session", "covered_ms", "duration_ms", "moment"),
    [
        ("5e55", 0, 60_000, 16_085),
        ("0123456789abcdef0123456789abcdef", 0, 2_700_000, 2_261_298),
        ("0123456789abcdef0123456789abcdef", 123_456, 2_700_007, 2_281_362),
        ("学时", 57_999, 60_000, 59_210),
        ("学时", 58_000, 60_000, 58_000),
    ],
)
def test_the_known_moments_stay(session, covered_ms, duration_ms, moment):
    assert moment_of(SEED, VALUE, an_entry(session, covered_ms, duration_ms)) == moment


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        (ScheduleRevealed, {"unforeseen_at_ms": 1}, "schedule.moment"),
        (ScheduleRevealed, {"unforeseen_at_ms": None}, "schedule.moment"),
        (ScheduleRevealed, {"seed": "00" * 32}, "schedule.revealed"),
        (ScheduleRevealed, {"seed": "no seed"}, "schedule.revealed"),
        (ScheduleDrawn, {"seed_hash": "0" * 64}, "schedule.revealed"),
        (ScheduleMixed, {"seed_hash": "0" * 64}, "schedule.mixed"),
        (ScheduleMixed, {"value": "00" * 32}, "schedule.moment"),
        (ScheduleMixed, {"value": "00" * 31}, "schedule.mixed"),
    ],
)
def test_a_draw_that_was_changed_is_found(kind, fields, code):
    events = World().study().events
    assert code in codes_in(altered(events, nth(events, kind), **fields))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ScheduleDrawn, "schedule.drawn"),
        (ScheduleMixed, "schedule.mixed"),
        (ScheduleRevealed, "schedule.revealed"),
    ],
)
def test_a_draw_is_whole(kind, code):
    events = World().study().events
    assert code in codes_in(without(events, nth(events, kind)))


@pytest.mark.parametrize(
    ("kind", "by", "code"),
    [
        (ScheduleDrawn, -HOUR, "schedule.drawn"),
        (ScheduleMixed, -HOUR, "schedule.mixed"),
        (ScheduleMixed, HOUR, "schedule.mixed"),
        (ScheduleRevealed, -HOUR, "schedule.revealed"),
    ],
)
def test_the_steps_of_a_draw_follow_each_other(kind, by, code):
    events = World().study().events
    event = nth(events, kind)
    assert code in codes_in(swapped(events, event, moved(event, by)))


def test_a_moment_that_differs_names_both_and_its_events():
    events = World().study().events
    entered, mixed, revealed = (
        nth(events, kind) for kind in (LessonEntered, ScheduleMixed, ScheduleRevealed)
    )
    computed = revealed.unforeseen_at_ms
    found = faults_in(altered(events, revealed, unforeseen_at_ms=1))[0]
    assert found.code == "schedule.moment"
    assert found.message == f"Published the moment 1 ms, the draw gives {computed} ms"
    assert found.event_ids == ids(entered, mixed, revealed)
