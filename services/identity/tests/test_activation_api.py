"""Activation over HTTP, with a real phone operator's protocol (R15)."""

import pytest

from services.identity.adapters.sms import Sms, SmsSettings
from services.identity.storage import Accounts
from services.identity.tests.builders import a_phone, an_id_number
from services.identity.tests.conftest import Person
from testkit.peers.processes import free_port, url_of

accounts = Accounts()


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_a_learner_activates_and_logs_in(world):
    person = world.declare()
    asked = world.ask_for_code(person)
    assert (asked.status_code, asked.json()) == (202, {})
    confirmed = world.confirm(person, world.codes(person.phone)[0])
    assert confirmed.status_code == 200
    row = accounts.rows.find_one({"_id": confirmed.json()["account_id"]})
    assert [entry["type"] for entry in row["outbox"]] == [
        "identity.account.opened.v1",
        "identity.account.activated.v1",
    ]
    assert world.log_in(person).status_code == 200


def test_the_answer_is_the_same_for_a_stranger_and_no_message_is_sent(world):
    person, stranger = world.declare(), Person(an_id_number(), a_phone())
    wrong_phone = Person(person.id_number, a_phone())
    answers = [world.ask_for_code(candidate) for candidate in (person, stranger, wrong_phone)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"{}")] * 3
    assert [len(world.codes(candidate.phone)) for candidate in (person, stranger, wrong_phone)] == [1, 0, 0]
    assert world.runtime.keyring.find_person(stranger.id_number) is None


def test_one_message_a_minute_and_five_a_day(world, clock):
    person = world.declare()
    for expected in (1, 1, 2, 3, 4, 5, 5):
        world.ask_for_code(person)
        assert len(world.codes(person.phone)) == expected
        clock.turn(seconds=31)
        if expected > 1:
            clock.turn(seconds=30)
    clock.turn(days=1)
    world.ask_for_code(person)
    assert len(world.codes(person.phone)) == 6


def test_the_code_is_kept_as_a_keyed_hash_only(world):
    person = world.declare()
    world.ask_for_code(person)
    account_id = world.confirm(person, world.codes(person.phone)[0]).json()["account_id"]
    row = accounts.rows.find_one({"_id": account_id})
    assert len(row["code"]["digest"]) == 64
    assert world.codes(person.phone)[0] not in str(row["code"])


def test_a_wrong_code_is_refused_as_if_there_were_no_account(world):
    person, stranger = world.declare(), Person(an_id_number(), a_phone())
    world.ask_for_code(person)
    code = world.codes(person.phone)[0]
    wrong_phone = Person(person.id_number, a_phone())
    answers = [
        world.confirm(person, another(code)),
        world.confirm(stranger, code),
        world.confirm(wrong_phone, code),
        world.confirm(world.declare(), code),  # never asked for one
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].json()["code"] == "activation.code_wrong"
    assert world.confirm(person, code).status_code == 200


def test_an_expired_code_is_refused(world, clock):
    person = world.declare()
    world.ask_for_code(person)
    clock.turn(minutes=10)
    refused = world.confirm(person, world.codes(person.phone)[0])
    assert (refused.status_code, refused.json()["code"]) == (422, "activation.code_expired")
    assert world.log_in(person).status_code == 401


def test_after_five_wrong_codes_a_new_one_is_needed(world, clock):
    person = world.declare()
    world.ask_for_code(person)
    code = world.codes(person.phone)[0]
    for _ in range(5):
        world.confirm(person, another(code))
    refused = world.confirm(person, code)
    assert (refused.status_code, refused.json()["code"]) == (429, "activation.too_many_tries")
    clock.turn(minutes=1)
    world.ask_for_code(person)
    assert world.confirm(person, world.codes(person.phone)[-1]).status_code == 200


def test_a_second_activation_is_refused(world, clock):
    person = world.activated()
    repeated = world.confirm(person, world.codes(person.phone)[0], "another horse battery")
    assert (repeated.status_code, repeated.json()["code"]) == (409, "account.activated")
    clock.turn(minutes=1)
    world.ask_for_code(person)
    again = world.confirm(person, world.codes(person.phone)[-1], "another horse battery")
    assert (again.status_code, again.json()["code"]) == (409, "account.activated")
    assert world.log_in(person).status_code == 200


@pytest.mark.parametrize(
    ("password", "reason"), [("short", "too_short"), ("1234567890", "predictable"), (None, "personal")]
)
def test_a_weak_password_is_refused_and_the_code_still_works(world, password, reason):
    person = world.declare()
    world.ask_for_code(person)
    code = world.codes(person.phone)[0]
    refused = world.confirm(person, code, password or f"my-{person.phone}")
    assert (refused.status_code, refused.json()["code"]) == (422, "password.weak")
    assert refused.json()["facts"]["reason"] == reason
    assert world.confirm(person, code).status_code == 200


def test_when_the_operator_is_away_the_answer_is_the_same_and_a_later_code_works(world, clock, monkeypatch):
    person = world.declare()
    with free_port() as listener:
        nobody_listens = url_of(listener)
    account = SmsSettings(
        url=nobody_listens, access_key_id="id", access_key_secret="key", sign_name="学时", template="SMS_1"
    )
    with monkeypatch.context() as patch, Sms(account) as away:
        patch.setitem(vars(world.runtime), "sms", away)
        asked = world.ask_for_code(person)
    assert (asked.status_code, asked.json()) == (202, {})
    clock.turn(minutes=1)
    world.ask_for_code(person)
    assert world.confirm(person, world.codes(person.phone)[-1]).status_code == 200


@pytest.mark.parametrize(
    "body", [{"id_number": "123", "phone": "13800138000"}, {"id_number": "420106196001011234"}]
)
def test_a_malformed_request_names_the_field(world, body):
    refused = world.post("activations", **body)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
    assert refused.json()["errors"][0]["field"].startswith("body.")


def test_malformed_json_is_refused(world):
    for path in ("activations", "activations/confirm", "tokens", "tokens/refresh"):
        refused = world.http.post(
            f"/api/identity/{path}", content=b'{"phone": ', headers={"Content-Type": "application/json"}
        )
        assert (refused.status_code, refused.json()["code"]) == (400, "json.malformed")
        assert refused.headers["content-type"] == "application/problem+json"
