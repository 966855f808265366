"""Declarations over HTTP: what learners do with them, and who may see them (R2, R5, R6)."""

from dataclasses import fields
from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.enrollment.api.dependencies import RuntimeDep
from services.enrollment.api.views import DeclarationView, declaration_view
from services.enrollment.application.declarations import DeclarationForm
from services.enrollment.domain import PersonalData, Status
from shared.domain.clock import utc_now
from shared.events.terms import LicenceCategory
from shared.http.access import Anyone, Learner
from shared.http.paging import Page
from shared.http.reasons import Reason

router = APIRouter(tags=["个人申报 declarations"])


class Personal(BaseModel):
    """个人信息 (R2)."""

    name: str = Field(max_length=50)
    id_number: str = Field(max_length=20)
    phone: str = Field(max_length=20)
    email: str = Field(max_length=254)
    licence_number: str = Field(max_length=40)
    licence_issued_on: date
    registration_number: str | None = Field(None, max_length=40)
    company: str | None = Field(None, max_length=100)
    photo_receipt: str = Field(max_length=2_000, description="from POST /api/proctor/photos")

    def personal_data(self) -> PersonalData:
        """The personal data as typed."""
        return PersonalData(**self.model_dump(include={field.name for field in fields(PersonalData)}))


class NewDeclaration(Personal):
    """个人申报 (R2)."""

    plan_id: str = Field(max_length=64)
    category: LicenceCategory
    specialty: str = Field(max_length=30)

    def to_form(self) -> DeclarationForm:
        """申报表."""
        return DeclarationForm(
            plan_id=self.plan_id,
            category=self.category,
            specialty=self.specialty,
            personal=self.personal_data(),
            photo_receipt=self.photo_receipt,
        )


class DeclarationSummary(BaseModel):
    """The new declaration; its id is what the fee is paid for."""

    enrollment_id: str
    status: Status


@router.post("/declarations", status_code=201)
def declare(new: NewDeclaration, runtime: RuntimeDep) -> DeclarationSummary:
    """个人申报: anyone with a licence. The photo is examined before, see POST /api/proctor/photos."""
    enrollment = runtime.declarations.declare(new.to_form(), utc_now())
    return DeclarationSummary(enrollment_id=enrollment.id, status=enrollment.status)


@router.put("/declarations/{enrollment_id}")
def correct(enrollment_id: str, new: Personal, who: Learner, runtime: RuntimeDep) -> DeclarationView:
    """更正申报: its learner, until it is approved (R5)."""
    enrollment = runtime.declarations.correct(
        enrollment_id, who, personal=new.personal_data(), photo_receipt=new.photo_receipt, now=utc_now()
    )
    return declaration_view(enrollment)


@router.get("/declarations")
def list_declarations(
    who: Anyone,
    runtime: RuntimeDep,
    plan_id: str | None = None,
    status: Status | None = None,
    page: Page = 1,
) -> list[DeclarationView]:
    """事项查询: a learner sees their own, organisation staff those of their organisation; 50 a page."""
    enrollments = runtime.enrollments.visible_to(who, page, plan_id=plan_id, status=status)
    return [declaration_view(enrollment) for enrollment in enrollments]


@router.get("/declarations/{enrollment_id}")
def get_declaration(enrollment_id: str, who: Anyone, runtime: RuntimeDep) -> DeclarationView:
    """申报: its learner, or staff of its organisation."""
    return declaration_view(runtime.declarations.get(enrollment_id, who))


@router.post("/declarations/{enrollment_id}/withdrawal")
def withdraw(enrollment_id: str, why: Reason, who: Learner, runtime: RuntimeDep) -> DeclarationView:
    """本人强制办结: its learner (R5)."""
    return declaration_view(runtime.declarations.withdraw(enrollment_id, who, why.reason, utc_now()))
