"""What a process of certificate holds besides the common things."""

from typing import Any

from services.certificate.settings import CertificateSettings
from services.certificate.storage import BUCKET, HoursFiles, Persons
from shared.persistence.repository import Repository
from shared.runtime import Runtime


class CertificateRuntime(Runtime[CertificateSettings]):
    """审核与证书: both processes."""

    name = "certificate"
    settings_class = CertificateSettings
    buckets = (BUCKET,)

    def __init__(self, settings: CertificateSettings) -> None:
        super().__init__(settings)
        self.files, self.persons = HoursFiles(), Persons()

    @property
    def repositories(self) -> tuple[Repository[Any], ...]:
        """All aggregates."""
        return (self.files, self.persons)
