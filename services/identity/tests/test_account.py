"""Accounts: whose they are, the declared phone, second factors (R15)."""

import pytest

from services.identity.domain import Account, learner_account_id
from services.identity.domain.account import OtpUsed
from services.identity.tests.builders import a_learner, a_staff_account, an_activated_learner
from shared.events.identity import AccountOpened
from shared.events.terms import Role


def test_a_declaration_opens_an_account_whose_id_follows_from_the_person():
    account = Account.of_learner("person")
    assert account.id == learner_account_id("person") != learner_account_id("another")
    assert account.events == [AccountOpened(account_id=account.id, person_id="person")]
    assert not account.activated


def test_a_learner_account_belongs_to_its_person():
    account = Account.of_learner("person")
    assert (account.role, account.owner, account.person_id) == (Role.LEARNER, "person", "person")
    # printf '%s' 'identity.account|person' | sha256sum | cut -c1-32
    assert account.id == "de90b5df744d56b516ba573de2893bca"


def test_a_later_declaration_changes_the_phone_until_the_account_is_activated():
    account = a_learner(phone="old")
    account.declare_phone("new")
    assert account.phone == "new"
    activated = an_activated_learner()
    activated.declare_phone("thief's")
    assert activated.phone == "sealed phone"


def test_a_one_time_password_counts_once_and_never_backwards():
    staff = a_staff_account()
    staff.use_otp(100)
    for step in (100, 99):
        with pytest.raises(OtpUsed):
            staff.use_otp(step)
    staff.use_otp(101)


def test_a_one_time_password_step_is_kept():
    staff = a_staff_account()
    staff.use_otp(1)
    assert staff.last_otp_step == 1


def test_the_first_time_step_of_all_is_refused():
    with pytest.raises(OtpUsed):
        a_staff_account().use_otp(0)
