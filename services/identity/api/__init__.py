"""What a front end may ask of identity."""

from services.identity.api import accounts, activations, sessions
from services.identity.runtime import IdentityRuntime
from services.identity.settings import IdentitySettings
from services.identity.storage import Accounts, LoginGuards, Sessions
from shared.api import service_api

app = service_api(
    name="identity",
    title="账户 Identity",
    routers=[activations.router, sessions.router, accounts.router],
    repositories=[Accounts(), LoginGuards(), Sessions()],
    settings_class=IdentitySettings,
    runtime_class=IdentityRuntime,
    max_body_bytes=10_000,
)
