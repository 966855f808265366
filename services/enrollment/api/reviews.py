"""Reviews of declarations over HTTP (R5)."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from services.enrollment.api.dependencies import RuntimeDep
from services.enrollment.api.views import DeclarationView, declaration_view
from services.enrollment.application import reviews
from shared.domain.clock import utc_now
from shared.http.access import Anyone, OrganisationStaff
from shared.http.reasons import Reason

router = APIRouter(tags=["个人申报 declarations"])


@router.get("/declarations/{enrollment_id}/personal")
def get_personal(enrollment_id: str, who: Anyone, runtime: RuntimeDep) -> dict[str, Any]:
    """个人信息, for the reviewer: its learner, or staff of its organisation."""
    return asdict(runtime.declarations.personal_data(enrollment_id, who))


@router.post("/declarations/{enrollment_id}/approval")
def approve(enrollment_id: str, who: OrganisationStaff, runtime: RuntimeDep) -> DeclarationView:
    """审核通过: staff of its organisation (R5)."""
    return declaration_view(reviews.approve(runtime.enrollments, enrollment_id, who, utc_now()))


@router.post("/declarations/{enrollment_id}/rejection")
def reject(enrollment_id: str, why: Reason, who: OrganisationStaff, runtime: RuntimeDep) -> DeclarationView:
    """审核不通过: staff of its organisation (R5)."""
    return declaration_view(reviews.reject(runtime.enrollments, enrollment_id, who, why.reason, utc_now()))
