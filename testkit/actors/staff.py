"""Staff of the organisation and of the province."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp

from testkit.actors.client import Client, once_found, until


@dataclass
class Staff:
    """Organisation or province staff: password and one-time code (R15)."""

    client: Client
    username: str
    password: str
    totp_secret: str

    def log_in(self) -> None:
        """登录 with the second factor, unless already logged in."""
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
        """机构确认, once the hours have been audited; returns the file as it was before."""
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
