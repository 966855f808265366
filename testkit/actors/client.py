"""An HTTP client of the public API: one person's requests, each step under a trace of its own."""

import secrets
from collections.abc import Callable
from typing import Any, Self, TypeVar

import httpx

from testkit.waiting import poll

T = TypeVar("T")
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.1


class Refusal(Exception):
    """The API refused: an RFC 9457 problem."""

    def __init__(self, response: httpx.Response) -> None:
        is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
        self.status = response.status_code
        self.problem: dict[str, Any] = response.json() if is_problem else {"detail": response.text[:500]}
        self.code: str = self.problem.get("code", "")
        request = response.request
        super().__init__(f"{request.method} {request.url.path} → {self.status} {self.code}: {self.problem}")


class TooSlow(Exception):
    """What a person waited for did not happen in time."""


class Client:
    """Requests of one person. `trace_id` joins the requests of a step and the events that they cause."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)
        self.token, self.trace_id = token, secrets.token_hex(16)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """GET, as JSON. Raises Refusal."""
        return self.send("GET", path, params=query).json()

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """POST JSON, or `files=`/`data=`; the JSON answer, or None when there is none. Raises Refusal."""
        answer = self.send("POST", path, **({"json": body} if body is not None else {}), **more)
        return answer.json() if answer.content else None

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request. Raises Refusal for 4xx and 5xx."""
        headers = {"traceparent": f"00-{self.trace_id}-{secrets.token_hex(8)}-01"} | more.pop("headers", {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = self._http.request(method, path, headers=headers, **more)
        if answer.is_error:
            raise Refusal(answer)
        return answer


def until(what: str, ask: Callable[[], T | None], patience: float = PATIENCE_SECONDS) -> T:
    """Ask again until there is an answer (not None, not False). Raises TooSlow after `patience` seconds."""
    answer = poll(ask, patience, POLL_SECONDS)
    if not answer:
        raise TooSlow(f"{what}: not within {patience:.0f} s")
    return answer


def once_found(ask: Callable[[], T]) -> Callable[[], T | None]:
    """For `until`: 404 counts as no answer, because another service may not have received the event yet."""

    def ask_once() -> T | None:
        try:
            return ask()
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            return None

    return ask_once
