"""What identity does when something happened."""

import json

from services.identity.activation import SEALED_AS
from services.identity.domain import Account
from services.identity.runtime import IdentityRuntime
from services.identity.storage import Accounts
from shared.events.enrollment import DeclarationSubmitted
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class IdentityService(Service[IdentityRuntime]):
    """账户: gives each declared person an account, and publishes what happens to accounts."""

    name = "identity"
    runtime_class = IdentityRuntime
    accounts = Accounts()

    @subscribe(DeclarationSubmitted)
    def open_account(self, event: DeclarationSubmitted) -> None:
        """建立账户; a later declaration brings its phone to an account that is not activated yet."""
        personal = json.loads(
            self.runtime.keyring.unseal_text(event.person_id, event.personal, "declaration")
        )
        phone = self.runtime.keyring.seal_text(event.person_id, personal["phone"], SEALED_AS)
        account = Account.of_learner(event.person_id)
        self.accounts.upsert(account, lambda it: it.declare_phone(phone), because=event)
