"""Declarations over HTTP (R2, R5, R6)."""

import json
import secrets
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.enrollment.domain import Enrollment, PersonalData, Plan, Status
from services.enrollment.domain.enrollment import SecondDeclaration
from services.enrollment.runtime import EnrollmentRuntime
from services.enrollment.storage import Enrollments, Plans
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.terms import LicenceCategory, Role
from shared.http.access import Anyone, Learner, OrganisationStaff, runtime_of
from shared.security.receipts import receipt_verifier

router = APIRouter(tags=["个人申报 declarations"])
plans, enrollments = Plans(), Enrollments()
Running = Annotated[EnrollmentRuntime, Depends(runtime_of(EnrollmentRuntime))]
SEALED_AS = "declaration"


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

    def checked(self) -> PersonalData:
        """The personal data, by the rules."""
        return PersonalData(
            **self.model_dump(include=set(Personal.model_fields) - {"photo_receipt"})
        ).checked(utc_now().date())


class NewDeclaration(Personal):
    """个人申报 (R2)."""

    plan_id: str = Field(max_length=64)
    category: LicenceCategory
    specialty: str = Field(max_length=30)


class Reason(BaseModel):
    """理由."""

    reason: str = Field(min_length=2, max_length=500)


class StepView(BaseModel):
    """事项记录."""

    at: datetime
    status: Status
    reason: str | None


class DeclarationView(BaseModel):
    """申报 as its learner and the organisation see it."""

    enrollment_id: str
    plan_id: str
    organisation: str
    batch: str
    category: LicenceCategory
    specialty: str
    fee_fen: int
    status: Status
    paid: bool
    history: list[StepView]


class Declared(BaseModel):
    """The new declaration; its id is what the fee is paid for."""

    enrollment_id: str
    status: Status


@router.post("/declarations", status_code=201)
def declare(new: NewDeclaration, running: Running) -> Declared:
    """个人申报: anyone with a licence. The photo is examined before, see POST /api/proctor/photos."""
    personal, plan = new.checked(), plans.get(new.plan_id)
    plan.check_fit(new.category, new.specialty)
    photo_id = _photo(new, running)
    person_id = running.keyring.person_for(personal.id_number)
    if enrollments.find(person_id=person_id, open_category=new.category.value, limit=1):
        raise SecondDeclaration()
    sealed = running.keyring.seal_text(person_id, personal.to_json(), SEALED_AS)
    enrollment = _enrollment(plan, person_id, photo_id, sealed)
    plans.update(plan.id, lambda it: it.take_seat(enrollment.id, utc_now()))
    try:
        enrollments.add(enrollment)
    except SecondDeclaration:
        plans.update(plan.id, lambda it: it.release_seat(enrollment.id))
        raise
    return Declared(enrollment_id=enrollment.id, status=enrollment.status)


@router.put("/declarations/{enrollment_id}")
def correct(enrollment_id: str, new: Personal, who: Learner, running: Running) -> DeclarationView:
    """更正申报: its learner, until it is approved (R5)."""
    own, personal = _own(enrollment_id, who), new.checked()
    if running.keyring.find_person(personal.id_number) != own.person_id:
        raise NotFound(what="Enrollment")
    photo_id = _photo(new, running)
    sealed = running.keyring.seal_text(own.person_id, personal.to_json(), SEALED_AS)
    return _view(enrollments.update_and_get(own.id, lambda it: it.correct(photo_id, sealed, utc_now())))


@router.get("/declarations")
def list_declarations(
    who: Anyone,
    plan_id: str | None = None,
    status: Status | None = None,
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
) -> list[DeclarationView]:
    """事项查询: a learner sees their own, organisation staff those of their organisation; 50 a page."""
    asked = {"plan_id": plan_id, "status": status and status.value} | _visible(who)
    where = {name: value for name, value in asked.items() if value is not None}
    return [_view(it) for it in enrollments.find(limit=50, skip=50 * (page - 1), **where)]


@router.get("/declarations/{enrollment_id}")
def get_declaration(enrollment_id: str, who: Anyone) -> DeclarationView:
    """申报: its learner, or staff of its organisation."""
    return _view(_own(enrollment_id, who))


@router.get("/declarations/{enrollment_id}/personal")
def get_personal(enrollment_id: str, who: Anyone, running: Running) -> dict[str, Any]:
    """个人信息, for the reviewer: its learner, or staff of its organisation."""
    own = _own(enrollment_id, who)
    personal: dict[str, Any] = json.loads(running.keyring.unseal_text(own.person_id, own.personal, SEALED_AS))
    return personal


@router.post("/declarations/{enrollment_id}/approval")
def approve(enrollment_id: str, who: OrganisationStaff) -> DeclarationView:
    """审核通过: staff of its organisation (R5)."""
    own = _own(enrollment_id, who)
    return _view(enrollments.update_and_get(own.id, lambda it: it.approve(who.account_id, utc_now())))


@router.post("/declarations/{enrollment_id}/rejection")
def reject(enrollment_id: str, why: Reason, who: OrganisationStaff) -> DeclarationView:
    """审核不通过: staff of its organisation (R5)."""
    own = _own(enrollment_id, who)
    return _view(
        enrollments.update_and_get(own.id, lambda it: it.reject(who.account_id, why.reason, utc_now()))
    )


@router.post("/declarations/{enrollment_id}/withdrawal")
def withdraw(enrollment_id: str, why: Reason, who: Learner) -> DeclarationView:
    """本人强制办结: its learner (R5)."""
    own = _own(enrollment_id, who)
    return _view(enrollments.update_and_get(own.id, lambda it: it.withdraw(why.reason, utc_now())))


def _visible(who: Principal) -> dict[str, Any]:
    if who.role is Role.LEARNER:
        return {"person_id": who.person_id or ""}
    return {"organisation": who.organisation or ""}


def _own(enrollment_id: str, who: Principal) -> Enrollment:
    """The enrolment, if it is the asker's; a foreign one does not exist for them."""
    found = enrollments.get(enrollment_id)
    if any(getattr(found, name) != value for name, value in _visible(who).items()):
        raise NotFound(what="Enrollment")
    return found


def _photo(new: Personal, running: EnrollmentRuntime) -> str:
    return receipt_verifier(running.settings.receipt_public_key)(new.photo_receipt).photo_id


def _enrollment(plan: Plan, person_id: str, photo_id: str, personal: str) -> Enrollment:
    enrollment = Enrollment(
        id=secrets.token_hex(16),
        plan_id=plan.id,
        person_id=person_id,
        organisation=plan.organisation,
        batch=plan.batch,
        category=plan.category,
        specialty=plan.specialty,
        course_id=plan.course_id,
        fee_fen=plan.fee_fen,
        class_opens_at=plan.class_opens_at,
        policy=plan.policy,
        photo_id=photo_id,
        personal=personal,
    )
    enrollment.submit(utc_now())
    return enrollment


def _view(enrollment: Enrollment) -> DeclarationView:
    return DeclarationView.model_validate(
        vars(enrollment)
        | {"enrollment_id": enrollment.id, "history": [vars(it) for it in enrollment.history]}
    )
