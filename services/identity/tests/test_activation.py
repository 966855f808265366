"""Activation by a code that was sent by text message (R15)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import Account, OneTimeCode
from services.identity.domain.one_time_code import (
    AlreadyActivated,
    CodeExpired,
    CodeWrong,
    TooManyTries,
    may_send,
)
from services.identity.tests.builders import NOW, PHONE, a_learner
from shared.events.identity import AccountActivated

MINUTE = timedelta(minutes=1)


def with_code(account: Account, digest: str = "right") -> Account:
    assert account.issue_code(digest, phone=PHONE, declared=PHONE, now=NOW)
    return account


def activate(account: Account, digest: str = "right", *, phone: str = PHONE, later: timedelta = MINUTE):
    return account.activate(digest, phone=phone, declared=PHONE, password_hash="hash", now=NOW + later)


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


def test_a_code_is_kept_with_its_end_and_the_time_it_was_sent():
    account = with_code(a_learner())
    assert account.code == OneTimeCode(digest="right", expires_at=NOW + 10 * MINUTE)
    assert account.codes_sent == [NOW]


def test_the_right_code_with_another_phone_is_refused_and_counts_as_no_try():
    account = with_code(a_learner())
    assert isinstance(activate(account, phone="13900139000"), CodeWrong)
    assert account.code is not None
    assert account.code.tries == 0


def test_without_a_code_nothing_can_be_entered_and_nothing_is_revealed():
    refusal = activate(a_learner())
    assert isinstance(refusal, CodeWrong)
    assert refusal.details == {"tries": 5}


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


def test_wrong_codes_are_counted_up_to_five():
    account = with_code(a_learner())
    for expected in (1, 2, 3, 4, 5, 5):
        assert activate(account, "wrong").details == {"tries": 5}
        assert account.code.tries == expected


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
