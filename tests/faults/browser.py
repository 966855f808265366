"""A client that does what people do when a page does not load: try again, log in again."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import httpx

from testkit.actors.client import Client, Refusal
from testkit.actors.staff import Staff

PATIENCE_SECONDS = 25.0
PAUSE_SECONDS = 0.5
REPEATED_STATUSES = (429, 500, 502, 503, 504)
UNAUTHENTICATED = 401
LOGIN_SECONDS = 20.0  # between two logins of one member of staff: five wrong ones would lock the account


class PatientClient(Client):
    """Repeats requests without an answer or with a 5xx; `log_in` replaces a token that is refused."""

    def __init__(self, url: str, log_in: Callable[[], None] = lambda: None) -> None:
        super().__init__(url)
        self.log_in = log_in
        self.repeated = 0

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request. Raises Refusal or httpx.TransportError once patience is over."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return super().send(method, path, **dict(more))
            except (Refusal, httpx.TransportError) as error:
                if time.monotonic() > deadline or not self._may_repeat(error, path):
                    raise
            self.repeated += 1
            time.sleep(PAUSE_SECONDS)  # as long as a person waits before the next try

    def _may_repeat(self, error: Exception, path: str) -> bool:
        if not isinstance(error, Refusal):
            return True
        if error.status == UNAUTHENTICATED and not path.startswith("/api/identity"):
            self.log_in()
            return True
        return error.status in REPEATED_STATUSES


class Desk(Staff):
    """A member of staff whose one login serves many threads that need decisions."""

    def __init__(self, url: str, account: Staff) -> None:
        super().__init__(PatientClient(url, self.log_in_again), account.username, account.password,
                         account.totp_secret)  # fmt: skip
        self._lock, self._next_login = Lock(), 0.0

    def log_in_again(self) -> None:
        """A new token, unless another thread has just asked for one; a refused login is tried again later."""
        with self._lock:
            if time.monotonic() < self._next_login:
                return
            self._next_login = time.monotonic() + LOGIN_SECONDS
            self.client.token = None
            try:
                self.log_in()
            except (Refusal, httpx.TransportError):
                return
