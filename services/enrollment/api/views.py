"""What is said about a declaration, by learners and reviewers alike."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.enrollment.domain import Enrollment, Status
from shared.events.terms import LicenceCategory


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
    closes_at: datetime | None = Field(description="The end of the study window, with its extensions (R9)")
    history: list[StepView]


def declaration_view(enrollment: Enrollment) -> DeclarationView:
    """申报, of an enrolment."""
    return DeclarationView.model_validate(
        vars(enrollment)
        | {"enrollment_id": enrollment.id, "history": [vars(step) for step in enrollment.history]}
    )
