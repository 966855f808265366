"""Hours records over HTTP: confirmation, report, the province's decision, the certificate (R28–R30)."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from services.certificate.api.dependencies import Reader, RuntimeDep
from services.certificate.application import decisions, reading
from services.certificate.domain import HoursRecord, RecordStatus
from services.certificate.domain.evidence import Derivation
from shared.domain.clock import utc_now
from shared.events.audit import DerivedFault
from shared.events.certificate import Finding, Verdict
from shared.events.terms import LicenceCategory
from shared.http.access import Learner, OrganisationStaff, ProvinceStaff
from shared.http.paging import Page
from shared.http.reasons import Reason

router = APIRouter(tags=["学时档案 files"])


class AuditView(BaseModel):
    """审核结论: each rule, whether it held, and the events that it rests on (R28)."""

    verdict: Verdict
    compulsory_hours: int
    elective_hours: int
    findings: list[Finding]


class DerivationView(BaseModel):
    """学时复核: what the auditor derived from the log alone, whoever is to decide sees it too (R28, R31)."""

    agrees: bool
    compulsory_ms: int
    elective_ms: int
    faults: list[DerivedFault]
    faults_left_out: int
    log_position: int = Field(description="Up to which entry of the log it was derived")
    derived_at: datetime
    event_id: str


class RecordView(BaseModel):
    """学时档案."""

    enrollment_id: str
    organisation: str
    batch: str
    category: LicenceCategory
    specialty: str
    status: RecordStatus
    audit: AuditView | None
    derivation: DerivationView | None = Field(description="null until the auditor has spoken")
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


@router.get("/files")
def list_records(
    who: Reader,
    runtime: RuntimeDep,
    status: RecordStatus | None = None,
    page: Page = 1,
) -> list[RecordView]:
    """A learner's own, an organisation's own, or for the province all that were reported; 50 a page."""
    return [_view(record) for record in reading.list_records(runtime.records, who, status, page)]


@router.get("/files/{enrollment_id}")
def read_record(enrollment_id: str, who: Reader, runtime: RuntimeDep) -> RecordView:
    """学时档案 for its learner, its organisation, and, once reported, the province."""
    return _view(reading.read_record(runtime.records, enrollment_id, who))


@router.post("/files/{enrollment_id}/confirmation")
def confirm(enrollment_id: str, who: OrganisationStaff, runtime: RuntimeDep) -> RecordView:
    """机构确认 (R28). 409 file.impossible unless the record awaits it."""
    return _view(decisions.confirm(runtime.records, enrollment_id, who))


@router.post("/files/{enrollment_id}/report")
def report(enrollment_id: str, who: Learner, runtime: RuntimeDep) -> RecordView:
    """上报省级 (R29). 409 file.impossible unless the organisation has confirmed."""
    return _view(decisions.report(runtime.records, enrollment_id, who))


@router.post("/files/{enrollment_id}/province-decision")
def decide(enrollment_id: str, decision: Decision, who: ProvinceStaff, runtime: RuntimeDep) -> RecordView:
    """省级审核: approve, or send back with a reason (R29). 409 file.impossible unless it was reported."""
    if decision.approved:
        return _view(decisions.approve(runtime.records, enrollment_id, who, utc_now()))
    return _view(decisions.reject(runtime.records, enrollment_id, who, decision.reason or ""))


@router.post("/files/{enrollment_id}/revocation")
def revoke(enrollment_id: str, why: Reason, who: ProvinceStaff, runtime: RuntimeDep) -> RecordView:
    """撤销证书 (R30). 409 file.impossible unless there is one."""
    return _view(decisions.revoke(runtime.records, enrollment_id, who, why.reason))


@router.get("/files/{enrollment_id}/certificate.pdf", response_class=Response)
def download(enrollment_id: str, who: Reader, runtime: RuntimeDep) -> Response:
    """继续教育合格证书 as signed PDF, for its learner and staff; 404 until it is issued."""
    number, pdf = reading.read_certificate(runtime.records, runtime.certificates, enrollment_id, who)
    headers = {"Content-Disposition": f'attachment; filename="{number}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _view(record: HoursRecord) -> RecordView:
    result, certificate = record.result, record.certificate
    return RecordView(
        enrollment_id=record.id,
        organisation=record.organisation,
        batch=record.batch,
        category=record.category,
        specialty=record.specialty,
        status=record.status,
        audit=AuditView(verdict=result.verdict, **vars(result)) if result else None,
        derivation=_derivation(record.evidence.derivation),
        reason=record.reason,
        number=record.number,
        issued_at=record.approved_at if certificate else None,
        sha256=certificate.sha256 if certificate else None,
    )


def _derivation(derived: Derivation | None) -> DerivationView | None:
    if derived is None:
        return None
    return DerivationView(**{name: getattr(derived, name) for name in DerivationView.model_fields})
