"""What certificate needs from the environment."""

from dataclasses import dataclass
from pathlib import Path

from services.certificate.domain.hours_record import AUDITOR_PATIENCE
from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class CertificateSettings(ServiceSettings):
    """Settings of both processes."""

    certificate_key: Path  # P-256, PEM: signs certificates
    certificate_cert: Path  # its X.509 certificate, PEM
    font: Path  # TrueType with Chinese characters
    auditor_patience_seconds: int = round(AUDITOR_PATIENCE.total_seconds())  # R28: then it is doubtful
    certificate_cert_past: str = ""  # earlier signing certificates that still count, PEM files joined by ":"

    @property
    def trusted_certificates(self) -> tuple[Path, ...]:
        """The signing certificate and those before it: keys rotate, what they signed stays valid (R30)."""
        past = (Path(name) for name in self.certificate_cert_past.split(":") if name)
        return (self.certificate_cert, *past)
