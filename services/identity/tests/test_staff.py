"""Which staff accounts there can be (R15)."""

import pytest

from services.identity.domain import Account, Status, is_staff_name
from services.identity.domain.staff import StaffInvalid
from services.identity.tests.builders import a_staff_account, a_staff_member
from shared.events.identity import StaffAccountOpened
from shared.events.terms import Role


def test_a_staff_account_is_active_at_once_and_says_so():
    member = a_staff_member(username="li.wei", role=Role.ORGANISATION, organisation="武汉")
    account = Account.of_staff(
        member, id="staff-1", owner="owner-1", password_hash="hash", totp_secret="sealed"
    )
    assert account == Account(
        id="staff-1", role=Role.ORGANISATION, owner="owner-1", status=Status.ACTIVATED, organisation="武汉",
        username="li.wei", password_hash="hash", totp_secret="sealed",
    )  # fmt: skip
    assert account.events == [
        StaffAccountOpened(account_id="staff-1", role="organisation", organisation="武汉")
    ]


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


@pytest.mark.parametrize("username", ["abc", "a" * 32, "li.wei_2-x"])
def test_a_staff_username_has_3_to_32_characters(username):
    assert is_staff_name(username)
    assert a_staff_account(a_staff_member(username=username)).username == username


def test_a_refused_username_is_named():
    with pytest.raises(StaffInvalid) as refused:
        a_staff_account(a_staff_member(username="ab"))
    assert refused.value.details == {"field": "username"}
