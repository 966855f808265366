"""Plans, enrolments and declarations to test with. ID numbers are made up; their checksums are right."""

import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from services.enrollment.domain import Enrollment, Mode, PersonalData, Plan, PlanTerms
from shared.events.base import Event, Meta, producer_of
from shared.events.terms import LicenceCategory, StudyPolicy

E = TypeVar("E", bound=Event)

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
ID_NUMBER = "420106199001011231"


def plan_terms(**changes: Any) -> PlanTerms:
    return PlanTerms(
        **{
            "batch": "2026-1",
            "category": LicenceCategory.LEVEL_TWO,
            "specialty": "土木建筑",
            "mode": Mode.ONLINE,
            "course_id": "course-1",
            "seats": 2,
            "fee_fen": 60_000,
            "place": "线上",
            "contact": "027-00000000",
            "registration_from": NOW - timedelta(days=1),
            "registration_until": NOW + timedelta(days=30),
            "class_opens_at": NOW - timedelta(hours=1),
            "policy": StudyPolicy(),
            **changes,
        }
    )


def a_plan(id: str = "plan-1", organisation: str = "武汉造价协会", **changes: Any) -> Plan:
    taken = changes.pop("taken", {})
    return Plan(id=id, organisation=organisation, taken=taken, **vars(plan_terms(**changes)))


def an_enrollment(**changes: Any) -> Enrollment:
    enrollment = Enrollment(
        **{
            "id": "enrollment-1",
            "plan_id": "plan-1",
            "person_id": "person-1",
            "organisation": "武汉造价协会",
            "batch": "2026-1",
            "category": LicenceCategory.LEVEL_TWO,
            "specialty": "土木建筑",
            "course_id": "course-1",
            "fee_fen": 60_000,
            "class_opens_at": NOW - timedelta(hours=1),
            "policy": StudyPolicy(),
            "photo_id": "photo-1",
            "personal": "sealed",
            **changes,
        }
    )
    enrollment.submit(NOW)
    return enrollment


def a_studying_enrollment(**changes: Any) -> Enrollment:
    """Approved, paid and open since NOW; what it recorded so far is forgotten."""
    enrollment = an_enrollment(**changes)
    enrollment.approve("staff", NOW)
    enrollment.confirm_payment(60_000, NOW)
    enrollment.events.clear()
    return enrollment


def personal_data(**changes: Any) -> PersonalData:
    return PersonalData(
        **{
            "name": "张三",
            "id_number": ID_NUMBER,
            "phone": "13800000001",
            "email": "zhangsan@example.com",
            "licence_number": "建[造]21420000001",
            "licence_issued_on": date(2022, 6, 1),
            **changes,
        }
    )


def published(event: E, subject: str, sequence: int = 1, time: datetime = NOW) -> E:
    """The event as another service has published it."""
    meta = Meta(
        id=secrets.token_hex(16),
        source=producer_of(type(event)),
        type=event.TYPE,
        subject=subject,
        sequence=sequence,
        time=time,
    )
    return replace(event, meta=meta)
