"""发证: from an approved file to a signed PDF in the store and the fact that says so (R30).

What a crash leaves behind, step by step; the event is handled again each time:

1. before the PDF is stored: nothing.
2. after it is stored, before the file says so: a sealed object that nobody refers to. The number and the date
   of issue were fixed with the approval and the signature is deterministic, so the same bytes are made again
   and stored under the same key. Where a new font or library makes other bytes, they get another key, since a
   key holds the bytes' hash: what an issued certificate refers to is never overwritten.
3. after the file says so, before the event is acknowledged: the file is certified, nothing happens.

Two processes at it at once: the first to write the file decides, another's object that differs is deleted.
"""

import hashlib
import json
import os
import sys
from datetime import datetime
from typing import Any, Protocol

from services.certificate.document import CHINA_TIME, DocumentKind, mask_id_number
from services.certificate.domain import FileStatus, HoursFile
from services.certificate.personal import unseal
from services.certificate.settings import CertificateSettings
from services.certificate.storage import BUCKET, HoursFiles
from shared.events.base import Event
from shared.events.terms import LicenceCategory
from shared.runtime import Runtime

CATEGORIES = {LicenceCategory.LEVEL_ONE: "一级造价工程师", LicenceCategory.LEVEL_TWO: "二级造价工程师"}
KINDS = {
    LicenceCategory.LEVEL_ONE: DocumentKind.HOURS_STATEMENT,
    LicenceCategory.LEVEL_TWO: DocumentKind.CERTIFICATE,
}
RENDER_SECONDS = 60


class Run(Protocol):
    """`subprocess.run`, or eventlet's, which lets other green threads go on."""

    def __call__(self, command: list[str], **options: Any) -> Any: ...


class RenderingFailed(Exception):
    """The certificate cannot be made; the message is the renderer's, without personal data."""


def issue(
    files: HoursFiles, runtime: Runtime[CertificateSettings], because: Event, id: str, run: Run
) -> None:
    """Make, store and issue the certificate of an approved file; does nothing for any other file."""
    file = files.get(id)
    if file.status is not FileStatus.APPROVED:
        return
    pdf = _render(certificate_data(file, unseal(runtime.keyring, file), runtime.settings.public_url), run)
    sha256 = hashlib.sha256(pdf).hexdigest()
    key, bucket = f"{file.number}/{sha256}.pdf", runtime.objects(BUCKET)
    bucket.put_sealed(file.person_id, key, pdf)
    issued = files.update_and_get(id, lambda it: it.issue(sha256, key), because=because)
    if issued.certificate is None or issued.certificate.object_key != key:
        bucket.delete(key)


def certificate_data(file: HoursFile, personal: dict[str, str], public_url: str) -> dict[str, Any]:
    """A CertificateData as JSON values. `file` has been approved."""
    study, opening, result = file.facts.study, file.facts.opening, file.result
    assert study is not None
    assert opening is not None
    assert result is not None
    assert file.approved_at is not None
    hour = opening.policy.hour_seconds
    return {
        "number": file.number,
        "holder_name": personal["name"],
        "id_number_masked": mask_id_number(personal["id_number"]),
        "licence_category": CATEGORIES[file.category],
        "specialty": file.specialty,
        "licence_number": personal["licence_number"],
        "organisation": file.organisation,
        "plan": file.batch,
        "compulsory_seconds": result.compulsory_hours * hour,
        "elective_seconds": result.elective_hours * hour,
        "seconds_per_hour": hour,
        "study_started": _day(study.started_at),
        "study_ended": _day(study.completed_at),
        "issued_at": file.approved_at.isoformat(),
        "verification_url": f"{public_url}/api/certificate/verifications/{file.number}",
        "kind": KINDS[file.category],
    }


def _day(time: datetime) -> str:
    return time.astimezone(CHINA_TIME).date().isoformat()


def _render(data: dict[str, Any], run: Run) -> bytes:
    command = [sys.executable, "-m", "services.certificate.render"]
    names = ("PATH", "PYTHONPATH", "XUESHI_CERTIFICATE_KEY", "XUESHI_CERTIFICATE_CERT", "XUESHI_FONT")
    environment = {name: os.environ[name] for name in names if name in os.environ}
    done = run(
        command, input=json.dumps(data).encode(), capture_output=True, env=environment, timeout=RENDER_SECONDS
    )
    if done.returncode != 0:
        raise RenderingFailed(_last_line(done.stderr))
    return bytes(done.stdout)


def _last_line(errors: bytes) -> str:
    """The kind of the error: its text could quote personal data."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].split(":", 1)[0] if lines else "no message"
