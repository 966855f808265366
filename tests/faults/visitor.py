"""A learner who does not give up: every step is tried again until it has succeeded or time is up."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from testkit.actors.camera import Camera
from testkit.actors.client import Refusal, TooSlow
from testkit.actors.learner import Learner
from testkit.actors.person import Phone
from testkit.waiting import poll
from tests.faults.acknowledged import AcknowledgedEvent
from tests.faults.browser import PatientClient
from tests.faults.office import Office, StuckError, a_person

PAUSE_SECONDS = 0.5


@dataclass
class Visitor:
    """A learner, number `number`; `acknowledged` is what the system has promised them."""

    office: Office
    number: int
    deadline: float  # time.monotonic()
    acknowledged: list[AcknowledgedEvent] = field(default_factory=list)
    step: str = ""
    done: bool = False
    activated: bool = False

    def __post_init__(self) -> None:
        person, self.chance = a_person(self.number), Random(self.number)
        client = PatientClient(self.office.url, self._log_in_again)
        phone = Phone(person.phone, self.office.sms_url, self.office.wechat_url)
        self.learner = Learner(client, person, phone)
        self.camera = Camera(self.office.media / "astronaut")

    @property
    def enrollment_id(self) -> str:
        """Empty until the declaration has been answered."""
        return self.learner.enrollment_id

    @property
    def hours_record_path(self) -> str:
        """The learner's 学时档案 in certificate."""
        return f"/api/certificate/files/{self.enrollment_id}"

    def insist(self, act: Callable[[], bool]) -> None:
        """Try until `act` answers that it is done. Raises StuckError at the deadline."""
        trouble = "not yet"
        while time.monotonic() < self.deadline:
            try:
                if act():
                    return
            except (Refusal, TooSlow, httpx.HTTPError, AssertionError) as error:
                trouble = f"{type(error).__name__}: {error}"[:300]
            time.sleep(PAUSE_SECONDS)  # a person looks again
        raise StuckError(f"person {self.number}, enrolment {self.enrollment_id}, at {self.step}: {trouble}")

    def wait(self, ask: Callable[[], Any], seconds: float = 20.0) -> None:
        """Look again for a while; when the answer stays away, the whole step is tried again."""
        poll(ask, seconds, PAUSE_SECONDS)

    def note(self, type_: str, **fields: Any) -> None:
        """Remember an event that an answer has promised."""
        self.acknowledged.append(AcknowledgedEvent(type_, tuple(sorted(fields.items()))))

    def declaration(self) -> dict[str, Any]:
        """Enrollment's present view of the declaration."""
        return self._get(f"/api/enrollment/declarations/{self.enrollment_id}")

    def study(self) -> dict[str, Any]:
        """Learning's present view of the study."""
        return self._get(f"/api/learning/enrollments/{self.enrollment_id}")

    def hours_record(self) -> dict[str, Any]:
        """Certificate's present view of the hours record."""
        return self._get(self.hours_record_path)

    def person_id(self) -> str:
        """Whom the log-in stands for."""
        return str(self._get("/api/identity/me")["person_id"])

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.learner.client.get(path)
        return answer

    def _log_in_again(self) -> None:
        self.learner.client.token = None  # the gateway refuses an old one even at the login
        with suppress(Refusal, httpx.TransportError):
            self.learner.log_in()
