"""Activation (激活): a one-time code to the declared phone, then a password of the learner's own (R15)."""

import secrets
from dataclasses import dataclass

import structlog

from services.identity.adapters.digests import Digests
from services.identity.adapters.passwords import Passwords
from services.identity.adapters.sms import Sms, SmsError
from services.identity.application.learner_accounts import account_id_of
from services.identity.application.sealing import phone_of
from services.identity.domain import Account, check_password
from services.identity.domain.one_time_code import CODE_DIGITS, code_wrong
from services.identity.storage import Accounts
from shared.domain.clock import Clock
from shared.domain.errors import DomainError, NotFound
from shared.security.keyring import Keyring

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Activation:
    """The two steps of an activation. Neither lets a stranger learn whether an account exists."""

    accounts: Accounts
    keyring: Keyring
    digests: Digests
    passwords: Passwords
    sms: Sms
    clock: Clock

    def send_code(self, id_number: str, phone: str) -> None:
        """Send a code if there is an account with this ID number and phone; otherwise do nothing.

        The limits count a message that the operator refuses too: asking again in a minute is the way out.
        """
        account_id = account_id_of(self.keyring, id_number)
        code = str(secrets.randbelow(10**CODE_DIGITS)).zfill(CODE_DIGITS)
        try:
            issued = self.accounts.update(account_id, lambda account: self._issue(account, phone, code))
        except NotFound:
            return
        if issued:
            self._send(account_id, phone, code)

    def confirm(self, id_number: str, phone: str, code: str, password: str) -> str:
        """Activate and return the account's id. Raises PasswordWeak and the refusals of activation."""
        # Hashed first, so that the answer takes as long for accounts that do not exist.
        password_hash = self.passwords.hash(check_password(password, (id_number, phone)))
        account_id = account_id_of(self.keyring, id_number)
        try:
            refusal = self.accounts.update(
                account_id, lambda account: self._activate(account, phone, code, password_hash)
            )
        except NotFound:
            refusal = code_wrong()
        if refusal:
            raise refusal
        return account_id

    def _issue(self, account: Account, phone: str, code: str) -> bool:
        declared = phone_of(self.keyring, account)
        return account.issue_code(
            self._digest(account, code), phone=phone, declared=declared, now=self.clock()
        )

    def _activate(self, account: Account, phone: str, code: str, password_hash: str) -> DomainError | None:
        return account.activate(
            self._digest(account, code), phone=phone, declared=phone_of(self.keyring, account),
            password_hash=password_hash, now=self.clock(),
        )  # fmt: skip

    def _send(self, account_id: str, phone: str, code: str) -> None:
        try:
            self.sms.send_code(phone, code)
        except SmsError as error:
            log.warning("sms.failed", account_id=account_id, code=error.code, error=str(error))

    def _digest(self, account: Account, code: str) -> str:
        return self.digests.of("activation code", account.id, code)
