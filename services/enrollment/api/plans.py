"""Training plans over HTTP (R1)."""

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from services.enrollment.domain import Plan
from services.enrollment.domain.plan import Mode
from services.enrollment.storage import Plans
from shared.domain.principal import Forbidden
from shared.events.terms import LicenceCategory, StudyPolicy
from shared.http.access import OrganisationStaff

router = APIRouter(tags=["培训计划 plans"])
plans = Plans()


class NewPlan(BaseModel):
    """培训计划."""

    batch: str = Field(min_length=1, max_length=60, examples=["2026年第一期"])
    category: LicenceCategory
    specialty: str = Field(min_length=2, max_length=30, examples=["土木建筑"])
    mode: Mode = Mode.ONLINE
    course_id: str = Field(min_length=8, max_length=64)
    seats: int = Field(ge=1, le=10_000, examples=[115])
    fee_fen: int = Field(ge=0, examples=[60_000])
    place: str = Field("", max_length=120)
    contact: str = Field("", max_length=120)
    registration_from: AwareDatetime
    registration_until: AwareDatetime
    class_opens_at: AwareDatetime
    policy: StudyPolicy = StudyPolicy()


class PlanView(BaseModel):
    """培训计划, as anyone sees it."""

    plan_id: str
    organisation: str
    batch: str
    category: LicenceCategory
    specialty: str
    mode: Mode
    course_id: str
    seats: int
    seats_left: int
    fee_fen: int
    place: str
    contact: str
    registration_from: datetime
    registration_until: datetime
    class_opens_at: datetime
    policy: StudyPolicy


class PlanId(BaseModel):
    """The new plan."""

    plan_id: str


@router.post("/plans", status_code=201)
def publish_plan(new: NewPlan, who: OrganisationStaff) -> PlanId:
    """发布培训计划: organisation staff, for their own organisation."""
    if not who.organisation:
        raise Forbidden()
    plan = Plan(id=secrets.token_hex(16), organisation=who.organisation, **dict(new))
    plan.publish()
    plans.add(plan)
    return PlanId(plan_id=plan.id)


@router.get("/plans")
def query_plans(
    organisation: str | None = None,
    batch: str | None = None,
    category: LicenceCategory | None = None,
    specialty: str | None = None,
    mode: Mode | None = None,
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
) -> list[PlanView]:
    """查询培训计划: anyone; newest class first, 50 a page."""
    asked = {"organisation": organisation, "batch": batch, "category": category, "mode": mode}
    asked["specialty"] = specialty
    where = {name: str(value) for name, value in asked.items() if value is not None}
    return [_view(it) for it in plans.find(order="-class_opens_at", limit=50, skip=50 * (page - 1), **where)]


@router.get("/plans/{plan_id}")
def get_plan(plan_id: str) -> PlanView:
    """培训计划: anyone."""
    return _view(plans.get(plan_id))


def _view(plan: Plan) -> PlanView:
    return PlanView(plan_id=plan.id, seats_left=plan.seats - len(plan.taken), **asdict(plan))
