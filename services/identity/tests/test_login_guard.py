"""Throttling of guesses (R15)."""

from datetime import timedelta

import pytest

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


def test_a_try_is_counted_with_its_time():
    guard = a_guard()
    guard.begin(NOW)
    assert (guard.tries, guard.locks, guard.tried_at, guard.forget_at) == (1, 0, NOW, None)
    guard.fail(NOW)
    assert guard.tries == 1


def test_the_fifth_failure_starts_the_count_again():
    guard = a_guard()
    fail_times(guard, 5, NOW)
    assert (guard.tries, guard.locks, guard.locked_until) == (0, 1, NOW + MINUTE)


def test_success_takes_the_lock_away():
    guard = a_guard()
    fail_times(guard, 5, NOW)
    guard.succeed()
    assert (guard.tries, guard.locks, guard.locked_until) == (0, 0, None)
    assert guard.seconds_locked(NOW) == 0


def test_a_sixth_try_while_five_are_looked_at_locks_and_says_so():
    guard = a_guard()
    for _ in range(6):
        guard.begin(NOW)
    assert guard.seconds_locked(NOW) == 60
    assert guard.events == [AccountLocked(account_id="account", seconds=60)]


@pytest.mark.parametrize(("quiet", "seconds"), [(timedelta(days=1), 60), (timedelta(hours=23), 120)])
def test_a_lock_is_forgotten_after_a_whole_day_without_tries(quiet, seconds):
    guard = a_guard()
    fail_times(guard, 5, NOW)
    later = NOW + quiet
    fail_times(guard, 5, later)
    assert guard.seconds_locked(later) == seconds


def test_the_quiet_day_is_counted_from_the_last_try():
    guard = a_guard()
    fail_times(guard, 5, NOW)
    fail_times(guard, 1, NOW + timedelta(hours=20))
    fail_times(guard, 4, NOW + timedelta(hours=30))
    assert guard.seconds_locked(NOW + timedelta(hours=30)) == 120


def test_an_account_that_appears_is_not_forgotten():
    guard = a_guard(account_id=None)
    guard.begin(NOW)
    guard.account_id = "account"
    guard.begin(NOW + MINUTE)
    assert guard.forget_at is None
