"""A learner, step by step through the public API."""

from dataclasses import dataclass

from testkit.actors.camera import Camera
from testkit.actors.client import Client, TooSlow, once_found, until
from testkit.actors.person import Person, Phone


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
        code = until("a text message", lambda: self.ask_for_code(who))
        body = who | {"code": code, "password": self.person.password}
        self.client.post("/api/identity/activations/confirm", body)

    def ask_for_code(self, who: dict[str, str]) -> str | None:
        """Ask for a one-time code; None when no message comes, which the answer does not tell."""
        self.client.post("/api/identity/activations", who)
        try:
            return until("a text message", self.phone.newest_code, patience=5)
        except TooSlow:
            return None

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

    def _decided(self, path: str) -> str | None:
        answer = self.client.get(path)
        if answer["state"] == "refused":
            raise AssertionError(f"identity refused: {answer}")
        return "verified" if answer["state"] == "verified" else None
