"""The rules of accounts (R15), without any store."""

from datetime import timedelta

import pytest
from services.identity.domain.activation import (
    CodeWrong,
    may_send,
)
from services.identity.domain.roles import StaffInvalid

from services.identity.domain import (
    Account,
    OneTimeCode,
    Status,
    check_password,
    is_staff_name,
)
from services.identity.domain.account import OtpUsed
from services.identity.domain.password import PasswordWeak
from services.identity.tests.builders import (
    NOW,
    PHONE,
    a_guard,
    a_learner,
    a_session,
    a_staff_member,
)
from shared.events.identity import (
    AccountLocked,
    SessionOpened,
    StaffAccountOpened,
)
from shared.events.terms import Role

MINUTE = timedelta(minutes=1)


def with_code(account: Account, digest: str = "right") -> Account:
    assert account.issue_code(digest, phone=PHONE, declared=PHONE, now=NOW)
    return account


def activate(account: Account, digest: str = "right", *, phone: str = PHONE, later: timedelta = MINUTE):
    return account.activate(digest, phone=phone, declared=PHONE, password_hash="hash", now=NOW + later)


def fail_times(guard, times, now):
    for _ in range(times):
        guard.begin(now)
        guard.fail(now)


def test_a_learner_account_belongs_to_its_person():
    account = Account.of_learner("person")
    assert (account.role, account.owner, account.person_id) == (Role.LEARNER, "person", "person")
    # printf '%s' 'identity.account|person' | sha256sum | cut -c1-32
    assert account.id == "de90b5df744d56b516ba573de2893bca"


def test_a_staff_account_is_active_at_once_and_says_so():
    account = Account.of_staff(
        id="staff-1", owner="owner-1", username="li.wei", role=Role.ORGANISATION, organisation="武汉",
        password_hash="hash", totp_secret="sealed",
    )  # fmt: skip
    assert account == Account(
        id="staff-1", role=Role.ORGANISATION, owner="owner-1", status=Status.ACTIVATED, organisation="武汉",
        username="li.wei", password_hash="hash", totp_secret="sealed",
    )  # fmt: skip
    assert account.events == [
        StaffAccountOpened(account_id="staff-1", role="organisation", organisation="武汉")
    ]


@pytest.mark.parametrize("username", ["abc", "a" * 32, "li.wei_2-x"])
def test_a_staff_username_has_3_to_32_characters(username):
    assert is_staff_name(username)
    assert a_staff_member(username=username).username == username


def test_a_refused_username_is_named():
    with pytest.raises(StaffInvalid) as refused:
        a_staff_member(username="ab")
    assert refused.value.details == {"field": "username"}


def test_a_code_is_kept_with_its_end_and_the_time_it_was_sent():
    account = with_code(a_learner())
    assert account.code == OneTimeCode(digest="right", expires_at=NOW + 10 * MINUTE)
    assert account.codes_sent == [NOW]


def test_messages_older_than_a_day_are_forgotten():
    account = with_code(a_learner())
    day = timedelta(days=1)
    assert account.issue_code("later", phone=PHONE, declared=PHONE, now=NOW + day - MINUTE)
    assert account.codes_sent == [NOW, NOW + day - MINUTE]
    assert account.issue_code("latest", phone=PHONE, declared=PHONE, now=NOW + day)
    assert account.codes_sent == [NOW + day - MINUTE, NOW + day]


def test_a_minute_lies_between_two_messages():
    assert not may_send([NOW], NOW + MINUTE - timedelta(microseconds=1))
    assert may_send([NOW], NOW + MINUTE)


def test_without_a_code_nothing_can_be_entered_and_nothing_is_revealed():
    refusal = activate(a_learner())
    assert isinstance(refusal, CodeWrong)
    assert refusal.facts == {"tries": 5}


def test_wrong_codes_are_counted_up_to_five():
    account = with_code(a_learner())
    for expected in (1, 2, 3, 4, 5, 5):
        assert activate(account, "wrong").facts == {"tries": 5}
        assert account.code.tries == expected


def test_a_one_time_password_step_is_kept():
    staff = a_staff_member()
    staff.use_otp(1)
    assert staff.last_otp_step == 1


def test_the_first_time_step_of_all_is_refused():
    with pytest.raises(OtpUsed):
        a_staff_member().use_otp(0)


@pytest.mark.parametrize("password", ["t7#Kw2!pXz", "t7#Kw2!pXz" * 12 + "Qm4$Vb8^"])
def test_a_password_has_10_to_128_characters(password):
    assert len(password) in (10, 128)
    assert check_password(password, []) == password


@pytest.mark.parametrize(("length", "reason"), [(9, "too_short"), (129, "too_long")])
def test_a_weak_password_says_what_is_needed(length, reason):
    with pytest.raises(PasswordWeak) as refused:
        check_password(("t7#Kw2!pXz" * 13)[:length], [])
    assert refused.value.details == {"reason": reason, "shortest": 10}


@pytest.mark.parametrize("password", ["LIU-19900307-x!", "liu-19900307-x!", "ｌｉｕ-19900307-x!"])
def test_a_piece_of_what_is_known_of_the_owner_counts_in_any_letter_case(password):
    for known in ("x19900307", "LIU-19"):
        with pytest.raises(PasswordWeak) as refused:
            check_password(password, [known])
        assert refused.value.details["reason"] == "personal"


@pytest.mark.parametrize(
    ("known", "taken"),
    [
        ("t7", True),  # two characters are in too many passwords
        ("t7#", False),
        ("w2!p", False),
        ("2!pXz9", True),  # five of six
        ("9#Kw2!p", False),  # its last six
        ("#Kw2!p9", False),  # its first six
        ("9#Kw", True),  # three of four
        ("99#Kw2!", True),  # five of seven
    ],
)
def test_a_personal_piece_is_three_characters_or_six_of_more(known, taken):
    if taken:
        assert check_password("t7#Kw2!pXz", [known])
    else:
        with pytest.raises(PasswordWeak):
            check_password("t7#Kw2!pXz", [known])


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("abcabcabcab", False),  # a, a, a, a: runs leave one character
        ("aceg-aceg-a", True),  # five different ones, no run
        ("aceg-aceg-", True),
        ("acegacegac", False),  # four different ones
        ("13579-abcde", True),  # 1 3 5 7 9 - a
        ("12345-54321", False),  # 1 - 5
        ("passwordacegi", True),
        ("passwordaceg1234", True),  # a c e g 1
        ("PASSWORDaceg", False),
        ("xueshiwoaini", False),
        ("112358ab", False),
        ("abceg-----", False),  # a e g -
    ],
)
def test_five_different_characters_must_be_left_without_runs_and_common_words(password, taken):
    if taken:
        assert check_password(password, []) == password
    else:
        with pytest.raises(PasswordWeak):
            check_password(password, [])


def test_a_run_ends_where_its_direction_changes():
    assert check_password("abc1bcd2cba3", [])  # a 1 b 2 c 3
    assert check_password("123234345456567", [])  # 1 2 3 4 5


def test_a_try_is_counted_with_its_time():
    guard = a_guard()
    guard.begin(NOW)
    assert (guard.tries, guard.locks, guard.tried_at, guard.forget_at) == (1, 0, NOW, None)
    guard.fail(NOW)
    assert guard.tries == 1


def test_the_fifth_failure_begins_the_count_anew():
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


def test_a_session_is_opened_for_twelve_hours_and_says_so():
    session = a_session()
    assert (session.account_id, session.refresh_digest) == ("account", "first")
    assert session.user_agent_digest == "browser"
    assert (session.opened_at, session.ends_at) == (NOW, NOW + timedelta(hours=12))
    assert session.events == [SessionOpened(account_id="account", session_id=session.id, role="learner")]


def test_a_renewal_keeps_what_was_spent():
    session = a_session()
    session.renew("first", "second", "browser", NOW)
    assert (session.refresh_digest, session.spent) == ("second", ["first"])
    assert [type(it) for it in session.events] == [SessionOpened]


def test_a_theft_is_noted_with_its_time():
    session = a_session()
    session.renew("first", "second", "another browser", NOW + MINUTE)
    assert session.revoked_at == NOW + MINUTE
    assert (session.refresh_digest, session.spent) == ("first", [])
