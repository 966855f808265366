"""Anyone checks a certificate: by its number, or by the PDF itself (R30)."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, File, UploadFile
from pydantic import BaseModel, Field

from services.certificate.api.dependencies import RuntimeDep
from services.certificate.application import verification
from services.certificate.application.verification import CertificateExtract
from services.certificate.domain.verification import PdfReason
from shared.events.terms import LicenceCategory

router = APIRouter(tags=["证书验证 verifications"])


class CertificateView(BaseModel):
    """证书信息: no more than a verifier needs."""

    number: str = Field(examples=["CE2-42-2026-7K3M9Q2X4B8T"])
    state: Literal["valid", "revoked"]
    holder: str | None = Field(
        description="Masked name; null once the person has been erased", examples=["张*"]
    )
    category: LicenceCategory
    specialty: str
    organisation: str
    compulsory_hours: int
    elective_hours: int
    issued_at: datetime


class PdfAnswer(BaseModel):
    """验证结果. `reason`: valid, revoked, unknown_number, hash_differs, or why the file is not ours."""

    valid: bool
    reason: str = Field(examples=["valid", "altered"])
    number: str | None
    certificate: CertificateView | None


@router.get("/verifications/{number}")
def verify_number(number: str, runtime: RuntimeDep) -> CertificateView:
    """按编号查询. 404 for a number that was never issued."""
    return _view(verification.verify_number(runtime.records, runtime.keyring, number))


@router.post("/verifications")
def verify_pdf(
    pdf: Annotated[UploadFile, File(description="A certificate")], runtime: RuntimeDep
) -> PdfAnswer:
    """验证文件: signature first, then whether it is, byte for byte, what we issued, and still counts."""
    answer = verification.verify_pdf(runtime.records, runtime.keyring, runtime.trusted, pdf.file.read())
    return PdfAnswer(
        valid=answer.reason is PdfReason.VALID,
        reason=answer.reason,
        number=answer.number,
        certificate=_view(answer.certificate) if answer.certificate else None,
    )


def _view(extract: CertificateExtract) -> CertificateView:
    return CertificateView(
        number=extract.number,
        state="revoked" if extract.revoked else "valid",
        holder=extract.holder,
        category=extract.category,
        specialty=extract.specialty,
        organisation=extract.organisation,
        compulsory_hours=extract.compulsory_hours,
        elective_hours=extract.elective_hours,
        issued_at=extract.issued_at,
    )
