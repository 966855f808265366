"""A person's data and phone."""

import re
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Person:
    """What an invented person would type."""

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
    """The learner's phone, which is not part of Xueshi: reads text messages and scans payment codes."""

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
        code = re.search(r"\d{6}", messages[-1]["text"]) if messages else None
        return code.group() if code else None
