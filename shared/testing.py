"""What tests of several services need: tokens, waiting with a deadline, an api to ask."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.clock import utc_now
from shared.events.terms import Role
from shared.security.tokens import ISSUER

T = TypeVar("T")
TOKEN_SECONDS = 600


def bearer(
    private_key: Path, role: Role, /, account_id: str = "account-1", **claims: object
) -> dict[str, str]:
    """Headers of somebody in a role; claims such as person=…, org=…, exp=… add to the token or replace."""
    now = int(utc_now().timestamp())
    standard = {"iss": ISSUER, "sub": account_id, "role": role.value, "iat": now, "exp": now + TOKEN_SECONDS}
    key = ECKey.import_key(private_key.read_bytes())
    return {"Authorization": "Bearer " + jwt.encode({"alg": "ES256"}, standard | claims, key)}


def eventually(ask: Callable[[], T], seconds: float = 20.0) -> T:
    """The first true answer; an AssertionError on the way counts as not yet. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = ask()
            if answer or time.monotonic() >= deadline:
                assert answer, f"not within {seconds} s: {answer!r}"
                return answer
        except AssertionError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.05)


@contextmanager
def serving(app: FastAPI, environment: Mapping[str, str]) -> Iterator[TestClient]:
    """An api that runs in this process, on the real servers of `environment`."""
    with patch.dict(os.environ, environment), TestClient(app, raise_server_exceptions=False) as client:
        yield client
