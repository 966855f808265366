"""Who imports: a token that was given, or a login that is renewed while the import lasts."""

import getpass
import os
from collections.abc import Callable, Mapping

import httpx

from tools.xueshi.course.client import Refused, StaffClient
from tools.xueshi.errors import Unknown

TOKEN, PASSWORD = "XUESHI_TOKEN", "XUESHI_PASSWORD"
Ask = Callable[[str], str]


def log_in(
    http: httpx.Client,
    username: str | None,
    environ: Mapping[str, str] = os.environ,
    ask: Ask = getpass.getpass,
) -> StaffClient:
    """By XUESHI_TOKEN, which holds for minutes; with a username by password and one-time code, for 12 hours.

    Raises Unknown, Refused.
    """
    if not username:
        if not environ.get(TOKEN):
            raise Unknown(f"Who imports? Give --username, or an access token in {TOKEN}.")
        return StaffClient(http, environ[TOKEN])
    password = environ.get(PASSWORD) or ask(f"Password of {username}: ")
    body = {"username": username, "password": password, "otp": ask("One-time code: ")}
    pair = _pair(http, "/api/identity/tokens", body)
    return StaffClient(http, pair["access_token"], renew=_renewal(http, pair["refresh_token"]))


def _renewal(http: httpx.Client, refresh_token: str) -> Callable[[], str | None]:
    """A function that gives a new access token; each refresh token works once."""
    latest = refresh_token

    def renew() -> str | None:
        nonlocal latest
        try:
            pair = _pair(http, "/api/identity/tokens/refresh", {"refresh_token": latest})
        except Refused:
            return None
        latest = pair["refresh_token"]
        return pair["access_token"]

    return renew


def _pair(http: httpx.Client, path: str, body: dict[str, str]) -> dict[str, str]:
    answer = http.post(path, json=body)
    if answer.is_error:
        raise Refused(answer.status_code, answer.json())
    pair: dict[str, str] = answer.json()
    return pair
