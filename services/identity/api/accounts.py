"""Who am I, and the keys that verify tokens (R15)."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.identity.api.dependencies import RuntimeDep, SessionsDep
from shared.events.terms import Role
from shared.http.access import Anyone

router = APIRouter(tags=["账户 accounts"])


class Me(BaseModel):
    """当前账户: ids only, no personal data."""

    account_id: str
    role: Role
    activated: bool = Field(description="已激活")
    person_id: str | None = Field(description="learners 学员")
    organisation: str | None = Field(description="organisation staff 培训机构")
    session_id: str
    session_ends_at: datetime


class KeySet(BaseModel):
    """JWK Set (RFC 7517)."""

    keys: list[dict[str, str]]


@router.get("/me")
def me(who: Anyone, sessions: SessionsDep) -> Me:
    """当前账户. Problems: token.invalid (401), session.ended (401)."""
    session, account = sessions.current(who.session_id)
    return Me(
        account_id=account.id,
        role=account.role,
        activated=account.activated,
        person_id=account.person_id,
        organisation=account.organisation,
        session_id=session.id,
        session_ends_at=session.ends_at,
    )


@router.get("/jwks.json")
def jwks(runtime: RuntimeDep, response: Response) -> KeySet:
    """公钥: anyone can verify an access token with it."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return KeySet(**runtime.token_issuer.key_set())
