"""The personal part of a declaration (R2); it leaves this service only sealed."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import date

from services.enrollment.domain.id_number import check_id_number
from shared.domain.errors import DomainError

_PHONE = re.compile(r"^1[3-9]\d{9}$")
_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]+$")


class FieldInvalid(DomainError):
    """填写有误: one field of the declaration is not usable."""

    code = "declaration.field_invalid"
    message = "Please correct {field} 请更正该项."


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """个人信息: what identifies a learner."""

    name: str
    id_number: str  # 身份证号
    phone: str  # 手机号
    email: str
    licence_number: str  # 证书编号
    licence_issued_on: date  # 发证日期
    registration_number: str | None = None  # 注册号
    company: str | None = None  # 单位

    def checked(self, today: date) -> "PersonalData":
        """The same with a normalised ID number. Raises IdNumberInvalid, FieldInvalid."""
        number = check_id_number(self.id_number, today)
        for field, valid in self._fields(today).items():
            if not valid:
                raise FieldInvalid(field=field)
        return PersonalData(**(asdict(self) | {"id_number": number}))

    def to_json(self) -> str:
        """For sealing."""
        return json.dumps(asdict(self), ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, text: str) -> "PersonalData":
        """Undo `to_json`."""
        fields = json.loads(text)
        return cls(**(fields | {"licence_issued_on": date.fromisoformat(fields["licence_issued_on"])}))

    def _fields(self, today: date) -> dict[str, bool]:
        return {
            "name": 2 <= len(self.name.strip()) <= 50,
            "phone": bool(_PHONE.match(self.phone)),
            "email": bool(_EMAIL.match(self.email)) and len(self.email) <= 254,
            "licence_number": 4 <= len(self.licence_number.strip()) <= 40,
            "licence_issued_on": date(1980, 1, 1) <= self.licence_issued_on <= today,
        }
