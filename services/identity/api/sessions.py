"""Login, refresh and logout over HTTP (R15)."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from services.identity.api.dependencies import LoginDep, SessionsDep
from services.identity.application.sessions import Tokens
from shared.http.access import Anyone

router = APIRouter(tags=["登录 sessions"])
UserAgent = Annotated[str, Header(max_length=1_000)]


class Credentials(BaseModel):
    """登录信息: learners 学员 use their ID number, staff 员工 their username and a one-time password."""

    username: str = Field(min_length=3, max_length=64, description="身份证号 or 用户名")
    password: str = Field(min_length=1, max_length=256, description="密码", repr=False)
    otp: str | None = Field(None, pattern=r"^\d{6}$", description="动态口令 (TOTP), staff only", repr=False)


class RefreshToken(BaseModel):
    """续期."""

    refresh_token: str = Field(min_length=1, max_length=200, repr=False)


class TokenPair(BaseModel):
    """An access token for `Authorization: Bearer`, and a refresh token that works once (RFC 6749, 5.1)."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the type's name
    expires_in: int = Field(description="seconds", examples=[600])
    refresh_token: str = Field(repr=False)


@router.post("/tokens")
def log_in(
    credentials: Credentials, login: LoginDep, response: Response, user_agent: UserAgent = ""
) -> TokenPair:
    """登录: opens a session of 12 hours, bound to this client.

    Problems: login.failed (401), login.otp_required (401), login.otp_used (401), login.locked (429).
    """
    tokens = login.log_in(credentials.username, credentials.password, credentials.otp, user_agent)
    return _pair(tokens, response)


@router.post("/tokens/refresh")
def refresh(
    presented: RefreshToken, sessions: SessionsDep, response: Response, user_agent: UserAgent = ""
) -> TokenPair:
    """续期: a new pair; the old refresh token used again ends the session. Problem: session.ended (401)."""
    return _pair(sessions.renew(presented.refresh_token, user_agent), response)


@router.delete("/sessions/current", status_code=204)
def log_out(who: Anyone, sessions: SessionsDep) -> None:
    """退出: ends the session of this access token."""
    sessions.end(who.session_id)


def _pair(tokens: Tokens, response: Response) -> TokenPair:
    response.headers["Cache-Control"] = "no-store"
    return TokenPair(**asdict(tokens))
