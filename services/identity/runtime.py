"""What identity's api process holds besides the common things."""

from functools import cached_property

from services.identity.adapters import Sms, SmsSettings
from services.identity.credentials import Digests, Passwords
from services.identity.settings import IdentitySettings
from services.identity.tokens import TokenIssuer
from shared.clock import Clock, utc_now
from shared.runtime import Runtime


class IdentityRuntime(Runtime[IdentitySettings]):
    """Opened once when the api starts."""

    clock: Clock = staticmethod(utc_now)

    def open(self) -> None:
        """Connect, and fail now rather than at the first login when a key cannot be read."""
        super().open()
        self.tokens, self.passwords = TokenIssuer(self.settings.token_private_key), Passwords()
        self.digests = Digests(self.settings.id_pepper)

    def close(self) -> None:
        """Give the connections back."""
        self.sms.close()
        super().close()

    @cached_property
    def sms(self) -> Sms:
        """The phone operator."""
        given = self.settings
        return Sms(
            SmsSettings(
                url=given.sms_url.rstrip("/"),
                access_key_id=given.sms_access_key_id,
                access_key_secret=given.sms_access_key_secret,
                sign_name=given.sms_sign_name,
                template=given.sms_template,
            )
        )
