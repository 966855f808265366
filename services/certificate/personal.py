"""The personal data that a file holds sealed, and what of it may be shown."""

import json

from services.certificate.domain import HoursFile
from shared.security.keyring import Erased, Keyring

DECLARED_AS, FILED_AS = "declaration", "certificate"


def reseal(keyring: Keyring, person_id: str, declared: str) -> str:
    """What enrollment sealed, sealed as this service's own. Raises Erased."""
    return keyring.seal_text(person_id, keyring.unseal_text(person_id, declared, DECLARED_AS), FILED_AS)


def unseal(keyring: Keyring, file: HoursFile) -> dict[str, str]:
    """name, id_number, licence_number and the rest of the declaration (R2). Raises Erased."""
    data: dict[str, str] = json.loads(keyring.unseal_text(file.person_id, file.personal, FILED_AS))
    return data


def masked_name(keyring: Keyring, file: HoursFile) -> str | None:
    """The family name, e.g. 张*; None once the person has been erased (R33)."""
    try:
        return f"{unseal(keyring, file)['name'][0]}*"
    except Erased:
        return None
