"""发证: from an approved record to a signed PDF in the store and the event that says so (R30).

What a crash leaves behind, step by step; the event is handled again each time:

1. before the PDF is stored: nothing.
2. after it is stored, before the record says so: a sealed object that nobody refers to. The number and the
   date of issue were fixed with the approval and the signature is deterministic, so the same bytes are made
   again and stored under the same key. Where a new font or library makes other bytes, they get another key,
   since a key holds the bytes' hash: what an issued certificate refers to is never overwritten.
3. after the record says so, before the event is acknowledged: it is certified, nothing happens.

Two processes at it at once: the first to write the record decides, another's object that differs is deleted.
"""

import hashlib
from dataclasses import dataclass

from services.certificate.adapters.rendering import Renderer
from services.certificate.application.personal_data import unseal
from services.certificate.domain import HoursRecord, RecordStatus
from services.certificate.domain.document import KINDS, QUALIFICATIONS, CertificateData, mask_id_number
from services.certificate.storage import HoursRecords
from shared.domain.china_time import china_date
from shared.events.certificate import ProvinceApproved
from shared.persistence.objects import Objects
from shared.security.keyring import Keyring


@dataclass(frozen=True, kw_only=True)
class CertificateIssuer:
    """Makes, stores and issues certificates; verifiers find them under `public_url`."""

    records: HoursRecords
    certificates: Objects
    keyring: Keyring
    renderer: Renderer
    public_url: str

    def issue(self, approved: ProvinceApproved) -> None:
        """Issue the certificate of an approved record; nothing for one that is certified or withdrawn since.

        Raises Erased, and RenderingFailed when it cannot be drawn or signed.
        """
        record = self.records.get(approved.enrollment_id)
        if record.status is not RecordStatus.APPROVED:
            return
        pdf = self.renderer.render(certificate_data(record, unseal(self.keyring, record), self.public_url))
        sha256 = hashlib.sha256(pdf).hexdigest()
        key = f"{record.number}/{sha256}.pdf"
        self.certificates.put_sealed(record.person_id, key, pdf)
        issued = self.records.update_and_get(
            record.id, lambda record: record.issue(sha256, key), because=approved
        )
        if issued.certificate is None or issued.certificate.object_key != key:
            self.certificates.delete(key)


def certificate_data(record: HoursRecord, personal: dict[str, str], public_url: str) -> CertificateData:
    """What is printed for an approved record; `personal` is the declaration's (R2)."""
    study, opening, result = record.evidence.study, record.evidence.opening, record.result
    assert study is not None
    assert opening is not None
    assert result is not None
    assert record.approved_at is not None
    assert record.number is not None
    seconds_per_hour = opening.policy.hour_seconds
    return CertificateData(
        number=record.number,
        holder_name=personal["name"],
        id_number_masked=mask_id_number(personal["id_number"]),
        licence_category=QUALIFICATIONS[record.category],
        specialty=record.specialty,
        licence_number=personal["licence_number"],
        organisation=record.organisation,
        plan=record.batch,
        compulsory_seconds=result.compulsory_hours * seconds_per_hour,
        elective_seconds=result.elective_hours * seconds_per_hour,
        study_started=china_date(study.started_at),
        study_ended=china_date(study.completed_at),
        issued_at=record.approved_at,
        verification_url=f"{public_url}/api/certificate/verifications/{record.number}",
        seconds_per_hour=seconds_per_hour,
        kind=KINDS[record.category],
    )
