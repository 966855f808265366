"""Which event starts which use case of identity."""

from services.identity.application import learner_accounts
from services.identity.runtime import IdentityRuntime
from shared.events.enrollment import DeclarationSubmitted
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class IdentityService(Service[IdentityRuntime]):
    """账户: gives each declared person an account, and publishes what happens to accounts."""

    runtime_class = IdentityRuntime

    @subscribe(DeclarationSubmitted)
    def open_account(self, event: DeclarationSubmitted) -> None:
        """建立账户."""
        learner_accounts.open_account(self.runtime.accounts, self.runtime.keyring, event)
