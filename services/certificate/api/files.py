"""Hours files over HTTP: confirmation, report, the province's decision, the certificate (R28–R30)."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field, model_validator

from services.certificate.domain import FileStatus, HoursFile
from services.certificate.runtime import CertificateRuntime
from services.certificate.storage import BUCKET, HoursFiles
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.certificate import Finding, Verdict
from shared.events.terms import LicenceCategory, Role
from shared.http.access import (
    Anyone,
    Learner,
    OrganisationStaff,
    ProvinceStaff,
    only,
    runtime_of,
)

router = APIRouter(tags=["学时档案 files"])
files = HoursFiles()
Running = Annotated[CertificateRuntime, Depends(runtime_of(CertificateRuntime))]
Reader = Annotated[Principal, Depends(only(Role.LEARNER, Role.ORGANISATION, Role.PROVINCE))]
REPORTED = [
    it.value
    for it in (FileStatus.PROVINCE_REVIEW, FileStatus.APPROVED, FileStatus.CERTIFIED, FileStatus.REVOKED)
]


class AuditView(BaseModel):
    """审核结论: each rule, whether it held, and the events that it rests on (R28)."""

    verdict: Verdict
    compulsory_hours: int
    elective_hours: int
    findings: list[Finding]


class FileView(BaseModel):
    """学时档案."""

    enrollment_id: str
    organisation: str
    batch: str
    category: LicenceCategory
    specialty: str
    status: FileStatus
    audit: AuditView | None
    reason: str | None = Field(description="Why the province sent it back, or revoked the certificate")
    number: str | None = Field(examples=["CE2-42-2026-7K3M9Q2X4B8T"])
    issued_at: datetime | None
    sha256: str | None = Field(description="Of the certificate's PDF")


class Decision(BaseModel):
    """省级审核: a rejection says what to mend."""

    approved: bool
    reason: str | None = Field(None, min_length=2, max_length=500)

    @model_validator(mode="after")
    def _rejection_has_reason(self) -> "Decision":
        if not self.approved and self.reason is None:
            raise ValueError("a rejection needs a reason 请填写原因")
        return self


class Reason(BaseModel):
    """理由."""

    reason: str = Field(min_length=2, max_length=500)


@router.get("/files")
def list_files(
    who: Reader, status: FileStatus | None = None, page: Annotated[int, Query(ge=1, le=1_000)] = 1
) -> list[FileView]:
    """A learner's own, an organisation's own, or for the province all that were reported; 50 a page."""
    asked = {"status": status.value} if status else {}
    return [_view(it) for it in _find(_visible(who), asked, skip=50 * (page - 1))]


@router.get("/files/{enrollment_id}")
def read_file(enrollment_id: str, who: Reader) -> FileView:
    """学时档案 for its learner, its organisation, and, once reported, the province."""
    return _view(_own(enrollment_id, who))


@router.post("/files/{enrollment_id}/confirmation")
def confirm(enrollment_id: str, who: OrganisationStaff) -> FileView:
    """机构确认 (R28). 409 file.impossible unless the file awaits it."""
    return _change(enrollment_id, who, lambda it: it.confirm(who.account_id))


@router.post("/files/{enrollment_id}/report")
def report(enrollment_id: str, who: Learner) -> FileView:
    """上报省级 (R29). 409 file.impossible unless the organisation has confirmed."""
    return _change(enrollment_id, who, lambda it: it.report())


@router.post("/files/{enrollment_id}/province-decision")
def decide(enrollment_id: str, decision: Decision, who: ProvinceStaff) -> FileView:
    """省级审核: approve, or send back with a reason (R29). 409 file.impossible unless it was reported."""
    if decision.approved:
        return _change(enrollment_id, who, lambda it: it.approve(who.account_id, utc_now()))
    return _change(enrollment_id, who, lambda it: it.reject(who.account_id, decision.reason or ""))


@router.post("/files/{enrollment_id}/revocation")
def revoke(enrollment_id: str, why: Reason, who: ProvinceStaff) -> FileView:
    """撤销证书 (R30). 409 file.impossible unless there is one."""
    return _change(enrollment_id, who, lambda it: it.revoke(who.account_id, why.reason))


@router.get("/files/{enrollment_id}/certificate.pdf", response_class=Response)
def download(enrollment_id: str, who: Reader, running: Running) -> Response:
    """继续教育合格证书 as signed PDF, for its learner and staff; 404 until it is issued."""
    file = _own(enrollment_id, who)
    if file.certificate is None:
        raise NotFound(what="Certificate")
    pdf = running.objects(BUCKET).get_sealed(file.person_id, file.certificate.object_key)
    named = {"Content-Disposition": f'attachment; filename="{file.number}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=named)


def _visible(who: Anyone) -> dict[str, Any]:
    match who.role:
        case Role.LEARNER:
            return {"person_id": who.person_id}
        case Role.ORGANISATION:
            return {"organisation": who.organisation}
        case _:
            return {"status": {"$in": REPORTED}}


def _find(*all_of: dict[str, Any], skip: int = 0) -> list[HoursFile]:
    where: dict[str, Any] = {"$and": list(all_of)}
    return files.find(limit=50, skip=skip, **where)


def _own(enrollment_id: str, who: Principal) -> HoursFile:
    """Raises NotFound, whether there is none or it is not theirs to see."""
    found = _find(_visible(who), {"_id": enrollment_id})
    if not found:
        raise NotFound(what="Hours file")
    return found[0]


def _change(enrollment_id: str, who: Principal, change: Callable[[HoursFile], None]) -> FileView:
    return _view(files.update_and_get(_own(enrollment_id, who).id, change))


def _view(file: HoursFile) -> FileView:
    result, certificate = file.result, file.certificate
    return FileView(
        enrollment_id=file.id,
        organisation=file.organisation,
        batch=file.batch,
        category=file.category,
        specialty=file.specialty,
        status=file.status,
        audit=AuditView(verdict=result.verdict, **vars(result)) if result else None,
        reason=file.reason,
        number=file.number,
        issued_at=file.approved_at if certificate else None,
        sha256=certificate.sha256 if certificate else None,
    )
