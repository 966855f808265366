"""When a session could earn nothing because of its face checks (R17, R18)."""

from datetime import UTC, datetime

from services.audit.domain.closed import FOREVER, closed_times, milliseconds
from services.audit.tests.builders import World
from services.audit.tests.logs import nth, without
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, FaceCheckRequested, Moment


def test_times_are_whole_milliseconds_since_1970():
    assert milliseconds(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1_999
    assert milliseconds(datetime(2026, 3, 1, 8, tzinfo=UTC)) == 1_772_352_000_000


def closed(*events):
    return closed_times(events)["enrollment-1-lesson-c-1"]


def test_a_session_is_closed_until_its_start_check_is_passed_and_a_second_is_forgiven():
    world = World().open().enter("lesson-c")
    passed = milliseconds(nth(world.events, FaceCheckPassed).published.time)
    assert closed(*world.events) == [(-FOREVER, passed - 1_000)]


def test_another_check_closes_it_five_seconds_after_it_was_asked_for():
    world = World().open().enter("lesson-c").ask(Moment.UNFORESEEN)
    asked = milliseconds(world.now)
    assert closed(*world.events)[1:] == [(asked + 5_000, FOREVER)]
    world.answer(Moment.UNFORESEEN, after_ms=9_000)
    assert closed(*world.events)[1:] == [(asked + 5_000, asked + 8_000)]


def test_a_failed_check_closes_it_for_good():
    world = World().open().enter("lesson-c").ask(Moment.UNFORESEEN).wait(9_000).fail(Moment.UNFORESEEN)
    asked = milliseconds(nth(world.events, FaceCheckRequested, 1).published.time)
    assert closed(*world.events)[1:] == [(asked + 5_000, FOREVER)]
    failed = milliseconds(nth(world.events, FaceCheckFailed).published.time)
    rest = without(world.events, FaceCheckRequested, 1)
    assert closed(*rest)[1:] == [(failed + 5_000, FOREVER)]


def test_a_session_without_a_start_check_is_closed_throughout():
    world = World().open().enter("lesson-c", start_check=False).ask(Moment.UNFORESEEN)
    assert closed(*world.events)[1:] == [(-FOREVER, FOREVER)]


def test_the_checks_of_one_session_do_not_open_another():
    world = World().open().enter("lesson-c").enter("lesson-e", start_check=False).ask(Moment.UNFORESEEN)
    times = closed_times(world.events)
    assert len(times["enrollment-1-lesson-c-1"]) == 1
    assert times["enrollment-1-lesson-e-1"][1:] == [(-FOREVER, FOREVER)]
