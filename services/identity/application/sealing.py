"""What an account keeps sealed with its owner's key, and under which context (R33)."""

import json

from services.identity.domain import Account
from shared.events.enrollment import SEALED_AS, DeclarationSubmitted
from shared.security.keyring import Keyring

PHONE, TOTP_SECRET = "account", "totp"


def sealed_phone(keyring: Keyring, declared: DeclarationSubmitted) -> str:
    """The phone of a declaration, sealed as this service's own. Raises Erased."""
    personal = json.loads(keyring.unseal_text(declared.person_id, declared.personal, SEALED_AS))
    return keyring.seal_text(declared.person_id, personal["phone"], PHONE)


def phone_of(keyring: Keyring, account: Account) -> str:
    """A learner's declared phone. Raises Erased."""
    return keyring.unseal_text(account.owner, account.phone or "", PHONE)


def sealed_totp_secret(keyring: Keyring, owner: str, secret: str) -> str:
    """The secret of a second factor, as it is stored."""
    return keyring.seal_text(owner, secret, TOTP_SECRET)


def totp_secret_of(keyring: Keyring, account: Account) -> str:
    """The secret of a staff member's second factor (动态口令), base32. Raises Erased."""
    return keyring.unseal_text(account.owner, account.totp_secret or "", TOTP_SECRET)
