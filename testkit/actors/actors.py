"""Who takes part in the journey: visitor, learner, staff, and the learner's phone (the outside world)."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyotp

from testkit.actors.camera import Camera
from testkit.actors.client import Client, TooSlow, once_found, until


@dataclass(frozen=True)
class Person:
    """What a person would type; made up for the demo."""

    name: str
    id_number: str
    phone: str
    email: str
    licence_number: str
    password: str

    def declaration(self, plan_id: str, receipt: str) -> dict[str, Any]:
        """The body of POST /api/enrollment/declarations."""
        return {
            "plan_id": plan_id,
            "name": self.name,
            "id_number": self.id_number,
            "phone": self.phone,
            "email": self.email,
            "category": "level_two",
            "specialty": "土木建筑",
            "licence_number": self.licence_number,
            "licence_issued_on": "2022-06-01",
            "photo_receipt": receipt,
        }


@dataclass(frozen=True)
class Phone:
    """The learner's phone: reads text messages and scans payment codes. It is not part of Xueshi."""

    number: str
    sms_url: str
    wechat_url: str

    def pay(self, code_url: str) -> None:
        """Scan a WeChat Pay code and pay."""
        httpx.post(
            f"{self.wechat_url}/payer/scan", json={"code_url": code_url}, timeout=30
        ).raise_for_status()

    def newest_code(self) -> str | None:
        """The newest one-time code received, if any."""
        messages = httpx.get(f"{self.sms_url}/phone/{self.number}/messages", timeout=10).json()
        found = re.search(r"\d{6}", messages[-1]["text"]) if messages else None
        return found.group() if found else None


@dataclass
class Staff:
    """Organisation or province staff: password and one-time code (R15)."""

    client: Client
    username: str
    password: str
    totp_secret: str

    def log_in(self) -> None:
        """登录 with the second factor; a session that stands is used on."""
        if self.client.token:
            return
        otp = pyotp.TOTP(self.totp_secret).now()
        body = {"username": self.username, "password": self.password, "otp": otp}
        self.client.token = self.client.post("/api/identity/tokens", body)["access_token"]

    def publish_course(self, title: str, lessons: list[tuple[dict[str, Any], Path]]) -> str:
        """发布课程 with its lessons (metadata, video file); returns the course id."""
        course = self.client.post("/api/learning/courses", {"title": title, "specialty": "土木建筑"})[
            "course_id"
        ]
        for lesson, video in lessons:
            files = {"video": (video.name, video.read_bytes(), "video/mp4")}
            data = {"lesson": json.dumps(lesson, ensure_ascii=False)}
            self.client.post(f"/api/learning/courses/{course}/lessons", files=files, data=data)
        self.client.post(f"/api/learning/courses/{course}/publication")
        return str(course)

    def approve(self, enrollment_id: str) -> None:
        """审核通过."""
        self.client.post(f"/api/enrollment/declarations/{enrollment_id}/approval")

    def confirm_hours(self, enrollment_id: str) -> dict[str, Any]:
        """机构确认, once the hours have been audited; returns the file as the organisation saw it."""
        path = f"/api/certificate/files/{enrollment_id}"
        file = until("the hours audit", once_found(lambda: self._audited(path)))
        self.client.post(f"{path}/confirmation")
        return file

    def decide(self, enrollment_id: str) -> None:
        """省级审核通过."""
        path = f"/api/certificate/files/{enrollment_id}"
        self.client.post(f"{path}/province-decision", {"approved": True})

    def _audited(self, path: str) -> dict[str, Any] | None:
        file: dict[str, Any] = self.client.get(path)
        return file if file["audit"] else None


@dataclass
class Learner:
    """A learner with a browser and a phone."""

    client: Client
    person: Person
    phone: Phone
    enrollment_id: str = ""

    def examine_photo(self, photo: bytes) -> str:
        """照片审查: returns the receipt that a declaration needs (R3)."""
        files = {"photo": ("photo.jpg", photo, "image/jpeg")}
        answer = self.client.post("/api/proctor/photos", files=files, data={"category": "level_two"})
        return str(answer["receipt"])

    def declare(self, plan_id: str, photo: bytes) -> None:
        """个人申报."""
        body = self.person.declaration(plan_id, self.examine_photo(photo))
        self.enrollment_id = self.client.post("/api/enrollment/declarations", body)["enrollment_id"]

    def pay(self) -> str:
        """扫码缴费; returns the order id once it is paid."""
        body = {"enrollment_id": self.enrollment_id, "channel": "wechat"}
        order = until("the order", once_found(lambda: self.client.post("/api/payment/orders", body)))
        self.phone.pay(order["code_url"])
        path = f"/api/payment/orders/{order['order_id']}"
        until("the payment", lambda: self.client.get(path)["status"] == "paid")
        return str(order["order_id"])

    def activate(self) -> None:
        """激活账户 with the code from the phone."""
        who = {"id_number": self.person.id_number, "phone": self.person.phone}
        code = until("a text message", lambda: self._ask_for_code(who))
        body = who | {"code": code, "password": self.person.password}
        self.client.post("/api/identity/activations/confirm", body)

    def log_in(self) -> None:
        """密码登录."""
        body = {"username": self.person.id_number, "password": self.person.password}
        self.client.token = self.client.post("/api/identity/tokens", body)["access_token"]

    def verify_identity(self, camera: Camera) -> str:
        """实名认证: consent, frontal photo, liveness; returns the final state (R16)."""
        self.client.post("/api/proctor/consent", {"accepted": True, "text_version": "2026-01"})
        files = {"photo": ("frontal.jpg", camera.frontal(), "image/jpeg")}
        started = self.client.post("/api/proctor/verifications", files=files)
        path = f"/api/proctor/verifications/{started['verification_id']}"
        frames = camera.film(started["prompts"], started["neutral_frames"], started["frames_per_prompt"])
        parts = [("frames", (f"{i}.jpg", frame, "image/jpeg")) for i, frame in enumerate(frames)]
        self.client.post(f"{path}/frames", files=parts)
        return until("the verification", lambda: self._decided(path))

    def report(self) -> None:
        """上报省级."""
        self.client.post(f"/api/certificate/files/{self.enrollment_id}/report")

    def certificate(self) -> bytes:
        """下载证书, once it is issued."""
        path = f"/api/certificate/files/{self.enrollment_id}/certificate.pdf"
        return until("the certificate", once_found(lambda: self.client.send("GET", path).content))

    def _ask_for_code(self, who: dict[str, str]) -> str | None:
        """Ask; the answer is the same whether or not a message goes out, so ask again if none comes."""
        self.client.post("/api/identity/activations", who)
        try:
            return until("a text message", self.phone.newest_code, patience=5)
        except TooSlow:
            return None

    def _decided(self, path: str) -> str | None:
        answer = self.client.get(path)
        if answer["state"] == "refused":
            raise AssertionError(f"identity refused: {answer}")
        return "verified" if answer["state"] == "verified" else None
