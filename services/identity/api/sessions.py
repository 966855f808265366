"""Login, refresh and logout over HTTP (R15)."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, Field

from services.identity.login import Login, Tokens
from services.identity.runtime import IdentityApiRuntime
from shared.http.access import Anyone, runtime_of

router = APIRouter(tags=["登录 sessions"])
Running = Annotated[IdentityApiRuntime, Depends(runtime_of(IdentityApiRuntime))]
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
def log_in(given: Credentials, running: Running, response: Response, user_agent: UserAgent = "") -> TokenPair:
    """登录: opens a session of 12 hours, bound to this client.

    Problems: login.failed (401), login.otp_required (401), login.otp_used (401), login.locked (429).
    """
    return _pair(Login(running).log_in(given.username, given.password, given.otp, user_agent), response)


@router.post("/tokens/refresh")
def refresh(
    given: RefreshToken, running: Running, response: Response, user_agent: UserAgent = ""
) -> TokenPair:
    """续期: a new pair; the old refresh token used again ends the session. Problem: session.ended (401)."""
    return _pair(Login(running).renew(given.refresh_token, user_agent), response)


@router.delete("/sessions/current", status_code=204)
def log_out(who: Anyone, running: Running) -> None:
    """退出: ends the session of this access token."""
    Login(running).log_out(who.session_id)


def _pair(tokens: Tokens, response: Response) -> TokenPair:
    response.headers["Cache-Control"] = "no-store"
    return TokenPair(**asdict(tokens))
