"""Accounts of learners (学员账户): each declared person has one (R15)."""

from services.identity.application.sealing import sealed_phone
from services.identity.domain import Account, learner_account_id
from services.identity.storage import Accounts
from shared.events.enrollment import DeclarationSubmitted
from shared.security.keyring import Keyring


def open_account(accounts: Accounts, keyring: Keyring, declared: DeclarationSubmitted) -> None:
    """建立账户; a later declaration brings its phone to an account not activated yet. Raises Erased."""
    phone = sealed_phone(keyring, declared)
    new = Account.of_learner(declared.person_id)
    accounts.upsert(new, lambda account: account.declare_phone(phone), because=declared)


def account_id_of(keyring: Keyring, id_number: str) -> str:
    """The account id that belongs to an ID number; for an unknown person one that no account has.

    So whoever looks it up does the same work for a stranger, and the time that it takes tells nothing.
    """
    return learner_account_id(keyring.find_person(id_number) or "")
