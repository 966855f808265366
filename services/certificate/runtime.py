"""What a process of certificate holds besides the common things."""

from functools import cached_property

from cryptography import x509

from services.certificate.adapters.rendering import Renderer, Run
from services.certificate.application.issuing import CertificateIssuer
from services.certificate.settings import CertificateSettings
from services.certificate.storage import BUCKET, SERVICE, HoursRecords, Persons
from shared.persistence.objects import Objects
from shared.runtime import Runtime


class CertificateRuntime(Runtime[CertificateSettings]):
    """审核与证书: both processes."""

    name = SERVICE
    settings_class = CertificateSettings
    buckets = (BUCKET,)

    def __init__(self, settings: CertificateSettings) -> None:
        super().__init__(settings)
        self.records, self.persons = HoursRecords(), Persons()

    @property
    def certificates(self) -> Objects:
        """The signed PDFs, each sealed with its person's key."""
        return self.objects(BUCKET)

    @cached_property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """The signing certificates whose PDFs count (R30)."""
        return tuple(
            x509.load_pem_x509_certificate(path.read_bytes()) for path in self.settings.trusted_certificates
        )

    def issuer(self, run: Run) -> CertificateIssuer:
        """发证. `run` starts the renderer: eventlet's lets other green threads go on meanwhile."""
        settings = self.settings
        renderer = Renderer(settings.certificate_key, settings.certificate_cert, settings.font, run)
        return CertificateIssuer(
            records=self.records,
            certificates=self.certificates,
            keyring=self.keyring,
            renderer=renderer,
            public_url=settings.public_url,
        )
