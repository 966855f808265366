"""Training plans over HTTP (R1)."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.enrollment.api.dependencies import RuntimeDep
from services.enrollment.application.plans import publish
from services.enrollment.domain import Mode, Plan, PlanTerms
from shared.events.terms import LicenceCategory, StudyPolicy
from shared.http.access import OrganisationStaff
from shared.http.numbers import Bounded, Whole
from shared.http.paging import Instant, Page

router = APIRouter(tags=["培训计划 plans"])


class NewPlan(BaseModel):
    """培训计划."""

    batch: str = Field(min_length=1, max_length=60, examples=["2026年第一期"])
    category: LicenceCategory
    specialty: str = Field(min_length=2, max_length=30, examples=["土木建筑"])
    mode: Mode = Mode.ONLINE
    course_id: str = Field(min_length=8, max_length=64)
    seats: int = Field(ge=1, le=10_000, examples=[115])
    fee_fen: Whole = Field(examples=[60_000])
    place: str = Field("", max_length=120)
    contact: str = Field("", max_length=120)
    registration_from: Instant
    registration_until: Instant
    class_opens_at: Instant
    policy: Annotated[StudyPolicy, Bounded] = StudyPolicy()


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
def publish_plan(new: NewPlan, who: OrganisationStaff, runtime: RuntimeDep) -> PlanId:
    """发布培训计划: organisation staff, for their own organisation."""
    return PlanId(plan_id=publish(runtime.plans, PlanTerms(**dict(new)), who).id)


@router.get("/plans")
def query_plans(
    runtime: RuntimeDep,
    organisation: str | None = None,
    batch: str | None = None,
    category: LicenceCategory | None = None,
    specialty: str | None = None,
    mode: Mode | None = None,
    page: Page = 1,
) -> list[PlanView]:
    """查询培训计划: anyone; newest class first, 50 a page."""
    plans = runtime.plans.search(
        page, organisation=organisation, batch=batch, category=category, specialty=specialty, mode=mode
    )
    return [_view(plan) for plan in plans]


@router.get("/plans/{plan_id}")
def get_plan(plan_id: str, runtime: RuntimeDep) -> PlanView:
    """培训计划: anyone."""
    return _view(runtime.plans.get(plan_id))


def _view(plan: Plan) -> PlanView:
    return PlanView(plan_id=plan.id, seats_left=plan.seats - len(plan.taken), **asdict(plan))
