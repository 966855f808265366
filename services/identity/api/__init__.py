"""What a front end may ask of identity."""

from services.identity.api import accounts, activations, sessions
from services.identity.runtime import IdentityApiRuntime
from shared.http.application import service_api

app = service_api(
    title="账户 Identity",
    routers=[activations.router, sessions.router, accounts.router],
    runtime_class=IdentityApiRuntime,
    max_body_bytes=10_000,
)
