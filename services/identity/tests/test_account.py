"""Accounts: activation, one-time codes, second factors, staff (R15)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import Account, learner_account_id
from services.identity.domain.account import OtpUsed
from services.identity.domain.one_time_code import (
    AlreadyActivated,
    CodeExpired,
    CodeWrong,
    TooManyTries,
    may_send,
)
from services.identity.domain.staff import StaffInvalid
from services.identity.tests.builders import (
    NOW,
    PHONE,
    a_learner,
    a_staff_account,
    a_staff_member,
    an_activated_learner,
)
from shared.events.identity import AccountActivated, AccountOpened
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
    assert isinstance(activate(account, "wrong"), CodeWrong)  # a stranger learns nothing
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
        assert sum(first <= time < first + timedelta(days=1) for time in sent) <= 5
        assert all(time - first >= MINUTE for time in sent[index + 1 :])
    assert len(account.codes_sent) <= 5


def test_a_day_after_the_first_message_another_may_go():
    sent = [NOW + n * MINUTE for n in range(5)]
    assert not may_send(sent, NOW + timedelta(hours=23, minutes=59))
    assert may_send(sent, NOW + timedelta(days=1))


def test_a_one_time_password_counts_once_and_never_backwards():
    staff = a_staff_account()
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
        a_staff_account(a_staff_member(role=role, organisation=organisation))
    assert refused.value.details == {"field": field}


@pytest.mark.parametrize("username", ["", "ab", "1abc", "A b", "420106196001011234", "x" * 33])
def test_a_staff_username_cannot_be_mistaken_for_an_id_number(username):
    with pytest.raises(StaffInvalid):
        a_staff_account(a_staff_member(username=username))
