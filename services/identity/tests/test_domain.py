"""The rules of accounts (R15), without any store."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import (
    Account,
    OneTimeCode,
    Status,
    check_password,
    is_staff_name,
    learner_account_id,
)
from services.identity.domain.account import OtpUsed
from services.identity.domain.activation import (
    AlreadyActivated,
    CodeExpired,
    CodeWrong,
    TooManyTries,
    may_send,
)
from services.identity.domain.password import PasswordWeak
from services.identity.domain.roles import StaffInvalid
from services.identity.tests.builders import (
    NOW,
    PHONE,
    a_guard,
    a_learner,
    a_session,
    a_staff_member,
    an_activated_learner,
    an_id_number,
)
from shared.events.identity import (
    AccountActivated,
    AccountLocked,
    AccountOpened,
    SessionOpened,
    SessionRevoked,
    StaffAccountOpened,
)
from shared.events.terms import Role

MINUTE = timedelta(minutes=1)


def with_code(account: Account, digest: str = "right") -> Account:
    assert account.issue_code(digest, phone=PHONE, declared=PHONE, now=NOW)
    return account


def activate(account: Account, digest: str = "right", *, phone: str = PHONE, later: timedelta = MINUTE):
    return account.activate(digest, phone=phone, declared=PHONE, password_hash="hash", now=NOW + later)


def test_a_declaration_opens_an_account_whose_id_follows_from_the_person():
    account = Account.of_learner("person")
    assert account.id == learner_account_id("person") != learner_account_id("another")
    assert account.events == [AccountOpened(account_id=account.id, person_id="person")]
    assert not account.activated


def test_a_later_declaration_changes_the_phone_until_the_account_is_activated():
    account = a_learner(phone="old")
    account.declare_phone("new")
    assert account.phone == "new"
    activated = an_activated_learner()
    activated.declare_phone("thief's")
    assert activated.phone == "sealed phone"


def test_the_code_sets_the_password_and_activates():
    account = with_code(a_learner())
    assert activate(account) is None
    assert account.activated
    assert account.password_hash == "hash"
    assert account.events[-1] == AccountActivated(account_id=account.id, person_id=account.owner)


def test_no_code_goes_to_another_phone():
    account = a_learner()
    assert not account.issue_code("right", phone="13900139000", declared=PHONE, now=NOW)
    assert account.code is None


def test_the_right_code_with_another_phone_is_refused_and_counts_as_no_try():
    account = with_code(a_learner())
    assert isinstance(activate(account, phone="13900139000"), CodeWrong)
    assert account.code is not None
    assert account.code.tries == 0


@pytest.mark.parametrize(("later", "refused"), [(timedelta(minutes=10), True), (9.99 * MINUTE, False)])
def test_a_code_lives_ten_minutes(later, refused):
    assert isinstance(activate(with_code(a_learner()), later=later), CodeExpired) is refused


def test_after_five_wrong_codes_the_right_one_is_refused_until_a_new_one_is_sent():
    account = with_code(a_learner())
    assert all(isinstance(activate(account, "wrong"), CodeWrong) for _ in range(5))
    assert isinstance(activate(account), TooManyTries)
    assert isinstance(activate(account, "wrong"), CodeWrong)  # a stranger is told nothing
    account.issue_code("newer", phone=PHONE, declared=PHONE, now=NOW + MINUTE)
    assert activate(account, "newer") is None


def test_four_wrong_codes_do_no_harm():
    account = with_code(a_learner())
    for _ in range(4):
        activate(account, "wrong")
    assert activate(account) is None


def test_a_second_activation_is_refused_and_changes_nothing():
    account = with_code(a_learner())
    activate(account)
    account.password_hash = "the owner's"
    assert isinstance(activate(account), AlreadyActivated)
    assert account.password_hash == "the owner's"
    assert len(account.events) == 2


def test_a_new_code_replaces_the_old_one():
    account = with_code(a_learner(), "old")
    account.issue_code("new", phone=PHONE, declared=PHONE, now=NOW + MINUTE)
    assert isinstance(activate(account, "old"), CodeWrong)


@given(st.lists(st.integers(0, 3 * 86_400), max_size=60))
def test_never_more_than_one_message_a_minute_and_five_in_any_day(asked_at):
    account, sent = a_learner(), []
    for second in sorted(asked_at):
        now = NOW + timedelta(seconds=second)
        if account.issue_code("digest", phone=PHONE, declared=PHONE, now=now):
            sent.append(now)
    for index, first in enumerate(sent):
        assert sum(first <= it < first + timedelta(days=1) for it in sent) <= 5
        assert all(it - first >= MINUTE for it in sent[index + 1 :])
    assert len(account.codes_sent) <= 5


def test_a_day_after_the_first_message_another_may_go():
    sent = [NOW + n * MINUTE for n in range(5)]
    assert not may_send(sent, NOW + timedelta(hours=23, minutes=59))
    assert may_send(sent, NOW + timedelta(days=1))


def test_a_one_time_password_counts_once_and_never_backwards():
    staff = a_staff_member()
    staff.use_otp(100)
    for step in (100, 99):
        with pytest.raises(OtpUsed):
            staff.use_otp(step)
    staff.use_otp(101)


@pytest.mark.parametrize(
    ("role", "organisation", "field"),
    [
        (Role.LEARNER, None, "role"),
        (Role.ORGANISATION, None, "organisation"),
        (Role.PROVINCE, "武汉", "organisation"),
    ],
)
def test_staff_of_an_organisation_and_only_they_belong_to_one(role, organisation, field):
    with pytest.raises(StaffInvalid) as refused:
        a_staff_member(role=role, organisation=organisation)
    assert refused.value.facts == {"field": field}


@pytest.mark.parametrize("username", ["", "ab", "1abc", "A b", "420106196001011234", "x" * 33])
def test_a_staff_username_cannot_be_mistaken_for_an_id_number(username):
    with pytest.raises(StaffInvalid):
        a_staff_member(username=username)


# ---- passwords ----


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("abcDEF73!", "too_short"),
        ("kX9" * 43, "too_long"),
        ("1234567890", "predictable"),
        ("0987654321ab", "predictable"),
        ("aaaaaaaaaaaa", "predictable"),
        ("121212121212", "predictable"),
        ("Password123456", "predictable"),
        ("qwerty123456", "predictable"),
        ("x-13800138000", "personal"),
        ("Liu-19900307-x", "personal"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, reason):
    with pytest.raises(PasswordWeak) as refused:
        check_password(password, ["420106199003071239", PHONE])
    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "password", ["correct horse battery", "我爱学习造价工程师的课", "t7#Kw2!pXz", "Wuhan-rain-2026"]
)
def test_a_good_password_is_taken(password):
    assert check_password(password, ["420106199003071239", PHONE])


def test_the_same_password_in_full_width_is_the_same():
    assert check_password("ｃorrect horse", []) == check_password("correct horse", [])


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_password_holds_the_id_number(before, after):
    id_number = an_id_number()
    with pytest.raises(PasswordWeak):
        check_password(before + id_number + after, [id_number])


# ---- throttling ----


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
    assert [it.seconds for it in guard.events] == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


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


# ---- sessions ----


def test_a_refresh_token_works_once_and_its_reuse_ends_the_session():
    session = a_session()
    assert session.renew("first", "second", "browser", NOW)
    assert session.renew("second", "third", "browser", NOW)
    assert not session.renew("first", "stolen", "browser", NOW)
    assert not session.live(NOW)
    assert not session.renew("third", "fourth", "browser", NOW)
    assert session.events[-1] == SessionRevoked(account_id="account", session_id=session.id)


def test_a_refresh_token_from_another_client_ends_the_session():
    session = a_session()
    assert not session.renew("first", "second", "another browser", NOW)
    assert not session.live(NOW)


def test_a_made_up_refresh_token_changes_nothing():
    session = a_session()
    assert not session.renew("made up", "x", "browser", NOW)
    assert session.renew("first", "second", "browser", NOW)


def test_a_session_ends_after_twelve_hours():
    session = a_session()
    assert session.live(NOW + timedelta(hours=11, minutes=59))
    assert not session.live(NOW + timedelta(hours=12))
    assert not session.renew("first", "second", "browser", NOW + timedelta(hours=12))


def test_a_session_cannot_be_renewed_without_end():
    session = a_session()
    renewals = 0
    while session.renew(session.refresh_digest, f"digest {renewals}", "browser", NOW):
        renewals += 1
    assert renewals == 200
    assert not session.live(NOW)


def test_revoking_twice_is_said_once():
    session = a_session()
    session.revoke(NOW)
    session.revoke(NOW + MINUTE)
    assert session.revoked_at == NOW
    assert [type(it).__name__ for it in session.events] == ["SessionOpened", "SessionRevoked"]


# ---- what is kept, said and refused, to the second ----


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
    assert refused.value.facts == {"field": "username"}


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


# ---- passwords, letter by letter ----


@pytest.mark.parametrize("password", ["t7#Kw2!pXz", "t7#Kw2!pXz" * 12 + "Qm4$Vb8^"])
def test_a_password_has_10_to_128_characters(password):
    assert len(password) in (10, 128)
    assert check_password(password, []) == password


@pytest.mark.parametrize(("length", "reason"), [(9, "too_short"), (129, "too_long")])
def test_a_weak_password_says_what_is_needed(length, reason):
    with pytest.raises(PasswordWeak) as refused:
        check_password(("t7#Kw2!pXz" * 13)[:length], [])
    assert refused.value.facts == {"reason": reason, "shortest": 10}


@pytest.mark.parametrize("password", ["LIU-19900307-x!", "liu-19900307-x!", "ｌｉｕ-19900307-x!"])
def test_a_piece_of_what_is_known_of_the_owner_counts_in_any_letter_case(password):
    for known in ("x19900307", "LIU-19"):
        with pytest.raises(PasswordWeak) as refused:
            check_password(password, [known])
        assert refused.value.facts["reason"] == "personal"


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


# ---- throttling, to the second ----


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


# ---- sessions, field by field ----


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
