"""Identity's api in this process on the real servers, and a phone operator in a process of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from services.identity.api import app
from services.identity.runtime import IdentityRuntime
from services.identity.service import IdentityService
from services.identity.tests.builders import PASSWORD, a_declaration, a_phone, an_id_number
from shared.domain.clock import utc_now
from testkit.peers import processes
from testkit.peers.accounts import sms_account
from testkit.peers.processes import free_port, url_of
from testkit.processes import serving


class HandClock:
    """A clock that a test turns forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def turn(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class Person:
    """A declared learner as they know themselves."""

    id_number: str
    phone: str
    account_id: str = ""


@dataclass
class World:
    """Identity as its clients meet it."""

    http: TestClient
    runtime: IdentityRuntime
    operator: str
    environ: dict[str, str]

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(f"/api/identity/{path}", json=body)

    def me(self, token: str) -> httpx.Response:
        return self.http.get("/api/identity/me", headers={"Authorization": f"Bearer {token}"})

    def declare(self) -> Person:
        """A declaration arrives from enrollment."""
        person = Person(an_id_number(), a_phone())
        service = IdentityService()
        service.runtime = self.runtime
        service.open_account(
            a_declaration(self.runtime.keyring, id_number=person.id_number, phone=person.phone)
        )
        return person

    def ask_for_code(self, person: Person) -> httpx.Response:
        return self.post("activations", id_number=person.id_number, phone=person.phone)

    def codes(self, phone: str) -> list[str]:
        """The codes on a phone, oldest first."""
        messages = httpx.get(f"{self.operator}/phone/{phone}/messages", trust_env=False).json()
        return [re.findall(r"\d{6}", message["text"])[0] for message in messages]

    def confirm(self, person: Person, code: str, password: str = PASSWORD) -> httpx.Response:
        return self.post(
            "activations/confirm",
            id_number=person.id_number,
            phone=person.phone,
            code=code,
            password=password,
        )

    def activated(self) -> Person:
        """A learner who has declared and activated."""
        person = self.declare()
        self.ask_for_code(person)
        answer = self.confirm(person, self.codes(person.phone)[-1])
        person.account_id = answer.json()["account_id"]
        return person

    def log_in(self, person: Person, password: str = PASSWORD) -> httpx.Response:
        return self.post("tokens", username=person.id_number, password=password)


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The phone operator's address, and identity's settings for it."""
    with free_port() as listener:
        account = sms_account(tmp_path_factory.mktemp("sms"), url_of(listener))
        with processes.serving("testkit.peers.sms:app", listener, account.stand_in):
            yield url_of(listener), account.service


@pytest.fixture(scope="module")
def served(servers: Any, operator: tuple[str, dict[str, str]]) -> Iterator[World]:
    url, settings = operator
    environ = servers.env_for("identity") | settings
    with serving(app, environ) as http:
        yield World(http, app.state.runtime, url, environ)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def world(served: World, clock: HandClock) -> World:
    """Identity on the test's clock."""
    served.runtime.clock = clock
    return served
