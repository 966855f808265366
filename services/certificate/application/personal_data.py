"""The personal data that a record holds sealed, and what of it may be shown (R33)."""

import json

from services.certificate.domain import HoursRecord
from shared.events.enrollment import SEALED_AS, DeclarationSubmitted
from shared.security.keyring import Erased, Keyring

CERTIFICATE = "certificate"  # the context of what this service seals


def reseal(keyring: Keyring, declared: DeclarationSubmitted) -> str:
    """What enrollment sealed, sealed as this service's own. Raises Erased."""
    personal = keyring.unseal_text(declared.person_id, declared.personal, SEALED_AS)
    return keyring.seal_text(declared.person_id, personal, CERTIFICATE)


def unseal(keyring: Keyring, record: HoursRecord) -> dict[str, str]:
    """name, id_number, licence_number and the rest of the declaration (R2). Raises Erased."""
    data: dict[str, str] = json.loads(keyring.unseal_text(record.person_id, record.personal, CERTIFICATE))
    return data


def masked_name(keyring: Keyring, record: HoursRecord) -> str | None:
    """The family name, e.g. 张*; None once the person has been erased (R33)."""
    try:
        return f"{unseal(keyring, record)['name'][0]}*"
    except Erased:
        return None
