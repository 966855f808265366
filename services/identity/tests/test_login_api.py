"""Login, throttling and second factor over HTTP (R15)."""

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from services.identity.application.staff_accounts import open_staff_account
from services.identity.storage import LoginGuards
from services.identity.tests.builders import PASSWORD, a_staff_member, an_id_number
from services.identity.tests.conftest import Person
from shared.events.terms import Role
from shared.security.tokens import TokenVerifier

ORGANISATION = "武汉建设工程造价管理协会"


class Staff:
    """A staff member with an authenticator."""

    def __init__(self, world, clock):
        self._world, self._clock = world, clock
        self.member = a_staff_member(role=Role.ORGANISATION, organisation=ORGANISATION)
        account = open_staff_account(world.runtime.accounts, world.runtime.keyring, self.member, PASSWORD)
        self.account_id, self._totp = account.account_id, pyotp.parse_uri(account.otpauth_uri)

    def otp(self):
        return self._totp.at(self._clock())

    def log_in(self, **changes):
        return self._world.post(
            "tokens", **({"username": self.member.username, "password": PASSWORD} | changes)
        )


@pytest.fixture
def staff(world, clock):
    return Staff(world, clock)


def code_of(answer):
    return answer.status_code, answer.json().get("code")


def test_a_learner_gets_a_token_that_says_who_they_are(world):
    person = world.activated()
    answer = world.log_in(person)
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 600)
    who = TokenVerifier(world.runtime.settings.token_public_key)(answer.json()["access_token"])
    assert (who.account_id, who.role) == (person.account_id, "learner")
    assert who.person_id == world.runtime.keyring.find_person(person.id_number)


def test_an_id_number_may_end_in_a_small_x(world):
    person = world.activated()
    lowered = Person(person.id_number.lower(), person.phone)
    assert world.log_in(lowered).status_code == 200


def test_a_wrong_password_an_unknown_and_an_inactive_account_are_answered_alike(world):
    answers = [
        world.log_in(world.activated(), "wrong horse battery"),
        world.log_in(Person(an_id_number(), "")),
        world.log_in(world.declare()),
        world.post("tokens", username="nobody-here", password=PASSWORD, otp="123456"),
    ]
    assert [code_of(answer) for answer in answers] == [(401, "login.failed")] * 4
    assert {answer.content for answer in answers} == {answers[0].content}


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_passwords_lock_for_a_minute_then_for_two(world, clock, known):
    person = world.activated() if known else Person(an_id_number(), "")
    for seconds in (60, 120):
        for _ in range(5):
            assert code_of(world.log_in(person, "wrong horse battery")) == (401, "login.failed")
        locked = world.log_in(person)
        assert code_of(locked) == (429, "login.locked")
        assert seconds - 5 <= int(locked.headers["retry-after"]) <= seconds
        clock.turn(seconds=seconds)
    assert world.log_in(person).status_code == (200 if known else 401)


def test_a_lock_is_an_event_of_the_account(world):
    person = world.activated()
    for _ in range(5):
        world.log_in(person, "wrong horse battery")
    guard = LoginGuards().rows.find_one({"account_id": person.account_id})
    assert [entry["type"] for entry in guard["outbox"]] == ["identity.account.locked.v1"]


def test_guesses_sent_at_once_are_five_at_most(world):
    person = world.activated()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: world.log_in(person, "wrong horse battery"), range(24)))
    assert sum(answer.status_code == 401 for answer in answers) <= 5
    assert {code_of(answer) for answer in answers} == {(401, "login.failed"), (429, "login.locked")}


def test_a_right_password_forgives_wrong_ones(world):
    person = world.activated()
    for _ in range(2):
        for _ in range(4):
            world.log_in(person, "wrong horse battery")
        assert world.log_in(person).status_code == 200


def test_staff_log_in_with_a_second_factor(world, staff):
    answer = staff.log_in(otp=staff.otp())
    assert answer.status_code == 200
    who = TokenVerifier(world.runtime.settings.token_public_key)(answer.json()["access_token"])
    assert (who.account_id, who.role, who.organisation) == (staff.account_id, "organisation", ORGANISATION)
    assert who.person_id is None


def test_staff_without_a_second_factor_are_refused_before_anything_is_looked_at(world, staff):
    answers = [
        staff.log_in(),
        staff.log_in(password="wrong horse battery"),
        staff.log_in(username="nobody-here"),
    ]
    assert [code_of(answer) for answer in answers] == [(401, "login.otp_required")] * 3


def test_a_wrong_second_factor_is_refused(staff):
    wrong = f"{(int(staff.otp()) + 1) % 10**6:06d}"
    assert code_of(staff.log_in(otp=wrong)) == (401, "login.failed")


def test_a_one_time_password_works_once(staff, clock):
    otp = staff.otp()
    assert staff.log_in(otp=otp).status_code == 200
    assert code_of(staff.log_in(otp=otp)) == (401, "login.otp_used")
    clock.turn(seconds=30)
    assert staff.log_in(otp=staff.otp()).status_code == 200


def test_a_one_time_password_used_at_once_works_once(staff):
    otp = staff.otp()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: staff.log_in(otp=otp).status_code, range(4)))
    assert sorted(answers) == [200, 401, 401, 401]


def test_a_second_factor_cannot_be_guessed_without_end(staff):
    for otp in ("000000", "000001", "000002", "000003", "000004"):
        staff.log_in(otp=otp)
    assert code_of(staff.log_in(otp=staff.otp())) == (429, "login.locked")
