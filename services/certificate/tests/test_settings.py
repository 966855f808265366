"""Which signing certificates count, from the settings (R30)."""

from dataclasses import replace
from pathlib import Path

from services.certificate.settings import CertificateSettings
from shared.settings import read


def test_earlier_signing_certificates_count_beside_the_present_one(environment):
    settings = read(CertificateSettings, environment)
    rotated = replace(settings, certificate_cert_past="2024.pem:/keys/2025.pem")
    assert settings.trusted_certificates == (settings.certificate_cert,)
    past = (Path("2024.pem"), Path("/keys/2025.pem"))
    assert rotated.trusted_certificates == (settings.certificate_cert, *past)
