"""Anyone checks a certificate: by its number, or by the PDF itself (R30)."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from cryptography import x509
from fastapi import APIRouter, Depends, File, UploadFile
from pydantic import BaseModel, Field

from services.certificate.adapters import verify_pdf
from services.certificate.domain import FileStatus, HoursFile
from services.certificate.personal import masked_name
from services.certificate.runtime import CertificateRuntime
from services.certificate.settings import CertificateSettings
from services.certificate.storage import HoursFiles
from shared.domain.errors import NotFound
from shared.events.terms import LicenceCategory
from shared.http.access import runtime_of

router = APIRouter(tags=["证书验证 verifications"])
files = HoursFiles()
Running = Annotated[CertificateRuntime, Depends(runtime_of(CertificateRuntime))]


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
def verify_number(number: str, running: Running) -> CertificateView:
    """按编号查询. 404 for a number that was never issued."""
    file = _issued(number)
    if file is None:
        raise NotFound(what="Certificate")
    return _view(file, running)


@router.post("/verifications")
def verify_file(pdf: Annotated[UploadFile, File(description="A certificate")], running: Running) -> PdfAnswer:
    """验证文件: signature first, then whether it is, byte for byte, what we issued, and still stands."""
    content = pdf.file.read()
    checked = verify_pdf(content, *_trusted(running.settings))
    if not checked.valid or checked.number is None:
        return PdfAnswer(valid=False, reason=checked.reason, number=None, certificate=None)
    file = _issued(checked.number)
    reason = _reason(file, hashlib.sha256(content).hexdigest())
    shown = _view(file, running) if file else None
    return PdfAnswer(valid=reason == "valid", reason=reason, number=checked.number, certificate=shown)


def _reason(file: HoursFile | None, sha256: str) -> str:
    if file is None or file.certificate is None:
        return "unknown_number"
    if file.certificate.sha256 != sha256:
        return "hash_differs"
    return "revoked" if file.status is FileStatus.REVOKED else "valid"


def _issued(number: str) -> HoursFile | None:
    found = files.find(limit=1, number=number)
    return found[0] if found and found[0].certificate else None


def _view(file: HoursFile, running: CertificateRuntime) -> CertificateView:
    assert file.number is not None
    assert file.result is not None
    assert file.approved_at is not None
    return CertificateView(
        number=file.number,
        state="revoked" if file.status is FileStatus.REVOKED else "valid",
        holder=masked_name(running.keyring, file),
        category=file.category,
        specialty=file.specialty,
        organisation=file.organisation,
        compulsory_hours=file.result.compulsory_hours,
        elective_hours=file.result.elective_hours,
        issued_at=file.approved_at,
    )


@cache
def _trusted(settings: CertificateSettings) -> list[x509.Certificate]:
    """The signing certificate and those before it (keys rotate)."""
    past = [Path(it) for it in settings.certificate_cert_past.split(":") if it]
    return [x509.load_pem_x509_certificate(it.read_bytes()) for it in (settings.certificate_cert, *past)]
