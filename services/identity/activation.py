"""Activation (激活): a one-time code to the declared phone, then a password of the learner's own (R15)."""

import secrets

import structlog

from services.identity.adapters import SmsError
from services.identity.domain import Account, check_password, learner_account_id
from services.identity.domain.activation import CODE_DIGITS, code_wrong
from services.identity.runtime import IdentityApiRuntime
from services.identity.storage import Accounts
from shared.domain.errors import DomainError, NotFound

log = structlog.get_logger()
SEALED_AS = "account"


class Activation:
    """The two steps of an activation. Neither lets a stranger learn whether an account exists."""

    def __init__(self, running: IdentityApiRuntime) -> None:
        self._running, self._accounts = running, Accounts()

    def send_code(self, id_number: str, phone: str) -> None:
        """Send a code if there is an account with this ID number and phone; otherwise do nothing.

        The limits count a message that the operator refuses too: asking again in a minute is the way out.
        """
        account_id, issued = self._account_id(id_number), False
        code = str(secrets.randbelow(10**CODE_DIGITS)).zfill(CODE_DIGITS)

        def issue(it: Account) -> None:
            nonlocal issued
            digest, now = self._digest(it.id, code), self._running.clock()
            issued = it.issue_code(digest, phone=phone, declared=self._declared(it), now=now)

        try:
            self._accounts.update(account_id, issue)
        except NotFound:
            return
        if issued:
            self._send(account_id, phone, code)

    def confirm(self, id_number: str, phone: str, code: str, password: str) -> str:
        """Activate and return the account's id. Raises PasswordWeak and the refusals of activation."""
        # Hashed first, so that the answer takes as long for accounts that do not exist.
        password_hash = self._running.passwords.hash(check_password(password, (id_number, phone)))
        account_id, refusal = self._account_id(id_number), None

        def activate(it: Account) -> None:
            nonlocal refusal
            refusal = it.activate(
                self._digest(it.id, code), phone=phone, declared=self._declared(it),
                password_hash=password_hash, now=self._running.clock(),
            )  # fmt: skip

        try:
            self._accounts.update(account_id, activate)
        except NotFound:
            refusal = code_wrong()
        return _unless(refusal, account_id)

    def _send(self, account_id: str, phone: str, code: str) -> None:
        try:
            self._running.sms.send_code(phone, code)
        except SmsError as error:
            log.warning("sms.failed", account_id=account_id, code=error.code, error=str(error))

    def _account_id(self, id_number: str) -> str:
        """The learner's account id; for an unknown person one that no account has."""
        return learner_account_id(self._running.keyring.find_person(id_number) or "")

    def _digest(self, account_id: str, code: str) -> str:
        return self._running.digests.of("activation code", account_id, code)

    def _declared(self, account: Account) -> str:
        return self._running.keyring.unseal_text(account.owner, account.phone or "", SEALED_AS)


def _unless(refusal: DomainError | None, answer: str) -> str:
    if refusal:
        raise refusal
    return answer
