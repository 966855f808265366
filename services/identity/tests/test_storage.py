"""Accounts, guards and sessions in a real MongoDB."""

import pytest

from services.identity.domain import Account
from services.identity.domain.account import UsernameTaken
from services.identity.service import IdentityService
from services.identity.storage import Accounts, LoginGuards, Sessions
from services.identity.tests.builders import (
    NOW,
    a_declaration,
    a_guard,
    a_learner,
    a_phone,
    a_session,
    a_staff_account,
    a_staff_member,
    an_activated_learner,
    an_id_number,
)

accounts, guards, sessions = Accounts(), LoginGuards(), Sessions()
pytestmark = pytest.mark.usefixtures("world")


@pytest.mark.parametrize("make", [a_learner, an_activated_learner, a_staff_account])
def test_an_account_comes_back_as_it_was_stored(make):
    account = make()
    accounts.add(account)
    assert accounts.get(account.id) == account


def test_a_guard_and_a_session_come_back_as_they_were_stored():
    guard, session = a_guard(), a_session()
    guard.begin(NOW)
    session.renew("first", "second", "browser", NOW)
    assert guards.get(guards.add(guard).id) == guard
    assert sessions.get(sessions.add(session).id) == session


def test_a_username_is_taken_once():
    member = a_staff_member()
    first = accounts.add(a_staff_account(member))
    with pytest.raises(UsernameTaken):
        accounts.add(a_staff_account(member))
    assert accounts.with_username(member.username) == first


def test_what_is_over_is_dropped_by_the_database():
    assert guards.rows.index_information()["forget"]["expireAfterSeconds"] == 0
    assert sessions.rows.index_information()["ended"]["expireAfterSeconds"] == 90 * 86_400


def test_a_declaration_taken_twice_opens_one_account(world):
    event = a_declaration(world.runtime.keyring, id_number=an_id_number())
    service = IdentityService()
    service.runtime = world.runtime
    service.open_account(event)
    service.open_account(event)
    (row,) = accounts.rows.find({"person_id": event.person_id})
    assert [entry["type"] for entry in row["outbox"]] == ["identity.account.opened.v1"]
    assert row["_id"] == Account.of_learner(event.person_id).id


def test_the_newest_declared_phone_is_kept_and_only_sealed(world):
    id_number, (old, new) = an_id_number(), (a_phone(), a_phone())
    service = IdentityService()
    service.runtime = world.runtime
    for phone in (old, new):
        service.open_account(a_declaration(world.runtime.keyring, id_number=id_number, phone=phone))
    (row,) = accounts.rows.find({"person_id": world.runtime.keyring.find_person(id_number)})
    assert world.runtime.keyring.unseal_text(row["owner"], row["phone"], "account") == new
    assert old not in str(row)
    assert new not in str(row)
    assert id_number not in str(row)
