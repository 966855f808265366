"""Rules of the hours audit and of the way to the certificate (R28–R30)."""

from services.certificate.domain.audit import Audit
from services.certificate.domain.facts import Facts
from services.certificate.domain.file import Certificate, FileStatus, HoursFile
from services.certificate.domain.number import certificate_number
from services.certificate.domain.person import Person

__all__ = ["Audit", "Certificate", "Facts", "FileStatus", "HoursFile", "Person", "certificate_number"]
