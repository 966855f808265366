"""Throttling of guesses (R15)."""

from datetime import timedelta

from services.identity.tests.builders import NOW, a_guard
from shared.events.identity import AccountLocked

MINUTE = timedelta(minutes=1)


def fail_times(guard, times, now):
    for _ in range(times):
        guard.begin(now)
        guard.fail(now)


def test_four_failures_do_not_lock_the_fifth_does():
    guard = a_guard()
    fail_times(guard, 4, NOW)
    assert guard.seconds_locked(NOW) == 0
    fail_times(guard, 1, NOW)
    assert guard.seconds_locked(NOW) == 60
    assert guard.seconds_locked(NOW + timedelta(seconds=59.5)) == 1
    assert guard.seconds_locked(NOW + timedelta(seconds=60)) == 0
    assert guard.events == [AccountLocked(account_id="account", seconds=60)]


def test_each_lock_is_twice_as_long_up_to_an_hour():
    guard, now = a_guard(), NOW
    for _ in range(9):
        fail_times(guard, 5, now)
        now += timedelta(seconds=guard.seconds_locked(now))
    assert [event.seconds for event in guard.events] == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_success_forgives():
    guard = a_guard()
    fail_times(guard, 5, NOW)
    later = NOW + 2 * MINUTE
    guard.begin(later)
    guard.succeed()
    fail_times(guard, 4, later)
    assert guard.seconds_locked(later) == 0
    fail_times(guard, 1, later)
    assert guard.seconds_locked(later) == 60


def test_a_day_without_tries_forgives():
    guard = a_guard()
    fail_times(guard, 5, NOW)
    later = NOW + timedelta(days=1)
    fail_times(guard, 5, later)
    assert guard.seconds_locked(later) == 60


def test_tries_begun_at_once_are_five_at_most():
    guard = a_guard()
    let_in = 0
    for _ in range(50):
        guard.begin(NOW)
        let_in += guard.seconds_locked(NOW) == 0
    assert let_in == 5


def test_a_locked_name_takes_no_tries():
    guard = a_guard()
    fail_times(guard, 5, NOW)
    fail_times(guard, 50, NOW + timedelta(seconds=30))
    assert guard.seconds_locked(NOW + timedelta(seconds=60)) == 0
    assert len(guard.events) == 1


def test_a_name_of_nobody_is_locked_alike_but_nothing_is_said_and_it_is_forgotten():
    guard = a_guard(account_id=None)
    fail_times(guard, 5, NOW)
    assert guard.seconds_locked(NOW) == 60
    assert guard.events == []
    assert guard.forget_at == NOW + timedelta(days=1)
