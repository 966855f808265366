"""What an endpoint of identity needs: the runtime of its process, and use cases on it."""

from typing import Annotated

from fastapi import Depends

from services.identity.application.activation import Activation
from services.identity.application.login import Login
from services.identity.application.sessions import SessionTokens
from services.identity.runtime import IdentityApiRuntime
from shared.http.access import runtime_of

RuntimeDep = Annotated[IdentityApiRuntime, Depends(runtime_of(IdentityApiRuntime))]


async def _activation(runtime: RuntimeDep) -> Activation:
    return Activation(
        accounts=runtime.accounts, keyring=runtime.keyring, digests=runtime.digests,
        passwords=runtime.passwords, sms=runtime.sms, clock=runtime.clock,
    )  # fmt: skip


async def _sessions(runtime: RuntimeDep) -> SessionTokens:
    return SessionTokens(
        accounts=runtime.accounts, sessions=runtime.sessions, issuer=runtime.token_issuer,
        digests=runtime.digests, clock=runtime.clock,
    )  # fmt: skip


ActivationDep = Annotated[Activation, Depends(_activation)]
SessionsDep = Annotated[SessionTokens, Depends(_sessions)]


async def _login(runtime: RuntimeDep, sessions: SessionsDep) -> Login:
    return Login(
        accounts=runtime.accounts, guards=runtime.guards, keyring=runtime.keyring, digests=runtime.digests,
        passwords=runtime.passwords, sessions=sessions, clock=runtime.clock,
    )  # fmt: skip


LoginDep = Annotated[Login, Depends(_login)]
