"""Certificate numbers (证书编号): one for each enrolment, whoever computes it and however often."""

import hashlib
from datetime import datetime

from shared.domain.china_time import china_date
from shared.events.terms import LicenceCategory

PROVINCE = "42"  # 湖北省, GB/T 2260
PREFIXES = {LicenceCategory.LEVEL_ONE: "CE1", LicenceCategory.LEVEL_TWO: "CE2"}
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that is misread
CHARACTERS = 12  # 60 bits: no two alike among all that will ever be issued


def certificate_number(enrollment_id: str, category: LicenceCategory, approved_at: datetime) -> str:
    """E.g. `CE2-42-2026-7K3M9Q2X4B8T`: licence, province, year in China, hash of the enrolment."""
    digest = int.from_bytes(hashlib.sha256(f"certificate|{enrollment_id}".encode()).digest(), "big")
    letters = "".join(ALPHABET[digest >> 5 * index & 31] for index in range(CHARACTERS))
    return f"{PREFIXES[category]}-{PROVINCE}-{china_date(approved_at).year}-{letters}"
