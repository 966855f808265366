"""One learner's way from declaration to certificate, by somebody who does not give up."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from testkit.actors.actors import Learner, Phone

from testkit.actors.camera import Camera
from testkit.actors.client import Refusal, TooSlow, once_found
from tests.faults.browser import PatientClient
from tests.faults.facts import Fact
from tests.faults.office import Office, Stuck, a_person
from tests.faults.viewer import Viewer

PAUSE_SECONDS = 0.5
STEPS = (
    "declare",
    "log_in",
    "approve",
    "pay",
    "verify",
    "learn",
    "confirm",
    "report",
    "decide",
    "certificate",
)


@dataclass
class Visitor:
    """A learner, number `number`; `acknowledged` is what the system has promised them."""

    office: Office
    number: int
    deadline: float  # time.monotonic()
    acknowledged: list[Fact] = field(default_factory=list)
    step: str = ""
    done: bool = False
    _activated: bool = False

    def __post_init__(self) -> None:
        person = a_person(self.number)
        client = PatientClient(self.office.url, self._log_in_again)
        phone = Phone(person.phone, self.office.sms_url, self.office.wechat_url)
        self.learner = Learner(client, person, phone)
        self.camera = Camera(self.office.media / "astronaut")

    @property
    def enrollment_id(self) -> str:
        """Empty until the declaration has been answered."""
        return self.learner.enrollment_id

    def play(self) -> None:
        """All steps in their order. Raises Stuck."""
        for self.step in STEPS:
            self.office.before(self.step)
            self._insist(getattr(self, f"_{self.step}"))
        self.done = True

    # ---- steps: each answers whether it is done, and may be tried again after anything ----

    def _declare(self) -> bool:
        photo = (self.office.media / "astronaut" / "photo.jpg").read_bytes()
        try:
            self.learner.declare(self.office.plan_id, photo)
            self._note("enrollment.declaration.submitted.v1", enrollment_id=self.enrollment_id)
        except Refusal as refusal:  # the answer to an earlier try was lost
            if refusal.code != "declaration.second":
                raise
        return True

    def _log_in(self) -> bool:
        """Activate, log in, and look up the declaration, whose answer may have been lost."""
        if not self._activated:
            self._activate()
        self.learner.log_in()
        mine = self.learner.client.get("/api/enrollment/declarations")
        self.learner.enrollment_id = mine[0]["enrollment_id"] if mine else ""
        return bool(mine)

    def _activate(self) -> None:
        who = {"id_number": self.learner.person.id_number, "phone": self.learner.person.phone}
        code = self.learner._ask_for_code(who)
        if code is None:
            raise TooSlow("a text message")
        body = who | {"code": code, "password": self.learner.person.password}
        try:
            account = self.learner.client.post("/api/identity/activations/confirm", body)["account_id"]
            self._note("identity.account.activated.v1", account_id=account)
        except Refusal as refusal:  # the answer to an earlier try was lost
            if refusal.code != "account.activated":
                raise
        self._activated = True

    def _approve(self) -> bool:
        status = self._declaration()["status"]
        if status == "submitted":
            self.office.organisation.approve(self.enrollment_id)
            self._note("enrollment.declaration.approved.v1", enrollment_id=self.enrollment_id)
        return bool(status not in ("submitted", "withdrawn"))

    def _pay(self) -> bool:
        if not self._declaration()["paid"]:
            body = {"enrollment_id": self.enrollment_id, "channel": "wechat"}
            order = self.learner.client.post("/api/payment/orders", body)
            self._scan(order["code_url"])
            return False
        self._note("payment.fee.confirmed.v1", enrollment_id=self.enrollment_id)
        return once_found(self._study)() is not None

    def _scan(self, code_url: str) -> None:
        try:
            self.learner.phone.pay(code_url)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 409:  # paid already
                raise
        self._wait(lambda: self._declaration()["paid"])

    def _verify(self) -> bool:
        if not self._study()["verified"]:
            try:
                self.learner.verify_identity(self.camera)
            except Refusal as refusal:
                if refusal.code != "verification.already_verified":
                    raise
            self._wait(lambda: self._study()["verified"])
        self._note("proctor.identity.verified.v1", person_id=self._me())
        return True

    def _learn(self) -> bool:
        lessons = self._study()["lessons"]
        left = [lesson for lesson in lessons if lesson["state"] != "completed"]
        if left:
            viewer = Viewer(self.learner, self.camera, self.office.report_seconds, self._note)
            viewer.sit(left[0]["lesson_id"], until=self.deadline)
            return False
        for lesson in lessons:
            self._note("learning.lesson.completed.v1", enrollment_id=self.enrollment_id,
                       lesson_id=lesson["lesson_id"])  # fmt: skip
        return True

    def _confirm(self) -> bool:
        file = self._file()
        if file["status"] == "organisation_review" and file["audit"]["verdict"] == "clean":
            self.office.organisation.client.post(f"{self._file_path}/confirmation")
            self._note("certificate.hours.confirmed.v1", enrollment_id=self.enrollment_id)
        return bool(file["status"] not in ("collecting", "organisation_review"))

    def _report(self) -> bool:
        status = self._file()["status"]
        if status == "reportable":
            self.learner.report()
            self._note("certificate.hours.reported.v1", enrollment_id=self.enrollment_id)
        return bool(status in ("province_review", "approved", "certified"))

    def _decide(self) -> bool:
        status = self._file()["status"]
        if status == "province_review":
            self.office.province.decide(self.enrollment_id)
            self._note("certificate.province.approved.v1", enrollment_id=self.enrollment_id)
        return bool(status in ("approved", "certified"))

    def _certificate(self) -> bool:
        pdf = self.learner.client.send("GET", f"{self._file_path}/certificate.pdf").content
        files = {"pdf": ("certificate.pdf", pdf, "application/pdf")}
        valid = self.learner.client.post("/api/certificate/verifications", files=files)["valid"]
        self._note("certificate.certificate.issued.v1", enrollment_id=self.enrollment_id)
        return bool(valid) and self._declaration()["status"] == "certified"

    # ---- parts ----

    def _insist(self, act: Callable[[], bool]) -> None:
        trouble = "not yet"
        while time.monotonic() < self.deadline:
            try:
                if act():
                    return
            except (Refusal, TooSlow, httpx.HTTPError, AssertionError) as error:
                trouble = f"{type(error).__name__}: {error}"[:300]
            time.sleep(PAUSE_SECONDS)  # a person looks again
        raise Stuck(f"person {self.number}, enrolment {self.enrollment_id}, at {self.step}: {trouble}")

    def _wait(self, ask: Callable[[], Any], seconds: float = 20.0) -> None:
        """Look again for a while; whoever asked tries the whole step again when it does not come."""
        deadline = time.monotonic() + seconds
        while not ask() and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)

    def _note(self, type_: str, **fields: Any) -> None:
        self.acknowledged.append(Fact(type_, tuple(sorted(fields.items()))))

    def _log_in_again(self) -> None:
        self.learner.client.token = None  # the gateway refuses an old one even at the login
        with suppress(Refusal, httpx.TransportError):
            self.learner.log_in()

    def _declaration(self) -> dict[str, Any]:
        found: dict[str, Any] = self.learner.client.get(f"/api/enrollment/declarations/{self.enrollment_id}")
        return found

    def _study(self) -> dict[str, Any]:
        found: dict[str, Any] = self.learner.client.get(f"/api/learning/enrollments/{self.enrollment_id}")
        return found

    def _me(self) -> str:
        return str(self.learner.client.get("/api/identity/me")["person_id"])

    def _file(self) -> dict[str, Any]:
        found: dict[str, Any] = self.learner.client.get(self._file_path)
        return found

    @property
    def _file_path(self) -> str:
        return f"/api/certificate/files/{self.enrollment_id}"
