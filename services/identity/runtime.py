"""What identity's processes hold besides the common things."""

from functools import cached_property

from services.identity.adapters.access_tokens import TokenIssuer
from services.identity.adapters.digests import Digests
from services.identity.adapters.passwords import Passwords
from services.identity.adapters.sms import Sms, SmsSettings
from services.identity.settings import IdentitySettings
from services.identity.storage import SERVICE, Accounts, LoginGuards, Sessions
from shared.domain.clock import Clock, utc_now
from shared.runtime import Runtime
from shared.settings import ServiceSettings


class IdentityRuntime(Runtime[ServiceSettings]):
    """账户: the events process and the operator's command, which need no key and send no message."""

    name = SERVICE

    def __init__(self, settings: ServiceSettings) -> None:
        super().__init__(settings)
        self.accounts, self.guards, self.sessions = Accounts(), LoginGuards(), Sessions()


class IdentityApiRuntime(IdentityRuntime):
    """The api process, which signs tokens and sends messages."""

    settings_class = IdentitySettings
    settings: IdentitySettings
    clock: Clock = staticmethod(utc_now)

    def open(self) -> None:
        """Connect, and fail now rather than at the first login when a key cannot be read."""
        super().open()
        self.token_issuer, self.passwords = TokenIssuer(self.settings.token_private_key), Passwords()
        self.digests = Digests(self.settings.id_pepper)

    def close(self) -> None:
        """Give the connections back."""
        self.sms.close()
        super().close()

    @cached_property
    def sms(self) -> Sms:
        """The phone operator."""
        account = SmsSettings(
            url=self.settings.sms_url.rstrip("/"),
            access_key_id=self.settings.sms_access_key_id,
            access_key_secret=self.settings.sms_access_key_secret,
            sign_name=self.settings.sms_sign_name,
            template=self.settings.sms_template,
        )
        return Sms(account)
