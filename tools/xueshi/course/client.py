"""The public API of learning, as staff of an organisation."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from tools.xueshi.errors import OperatorError, Unknown, Unreachable

ATTEMPTS = 6
BUSY = (429, 502, 503, 504)
LONGEST_PAUSE = 30.0  # seconds
Pause = Callable[[float], None]


class Refused(OperatorError):
    """The service refused: its problem (RFC 9457) says why and what to do."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.code = str(problem.get("code", status))
        super().__init__(f"{self.code}: {problem.get('detail', 'no reason')} {_fields(problem)}".strip())


class StaffClient:
    """Requests with an access token. `renew` gives another token when one has expired, or None."""

    def __init__(
        self, http: httpx.Client, token: str, renew: Callable[[], str | None] = lambda: None,
        pause: Pause = time.sleep,
    ) -> None:  # fmt: skip
        self._http, self._token, self._renew, self._pause = http, token, renew, pause

    def send(self, method: str, path: str, **body: Any) -> Any:
        """The JSON answer, or None. What did not arrive is sent again: every request may be repeated.

        Raises Refused, Unknown for a token that is not taken, Unreachable.
        """
        for attempt in range(ATTEMPTS):
            answer = self._attempt(method, path, last=attempt == ATTEMPTS - 1, **body)
            if answer is not None and answer.status_code not in BUSY:
                return _content(answer)
            self._pause(_pause_of(answer, attempt))
        raise Unreachable(
            "The service does not answer. Run the same command later: it goes on where it stopped."
        )

    def _attempt(self, method: str, path: str, *, last: bool, **body: Any) -> httpx.Response | None:
        try:
            answer = self._request(method, path, **body)
            if answer.status_code == 401 and (token := self._renew()):
                self._token = token
                answer = self._request(method, path, **body)
        except httpx.TransportError as error:
            if last:
                raise Unreachable(
                    f"The service does not answer ({type(error).__name__}). Run the same command later."
                ) from error
            return None
        return answer

    def _request(self, method: str, path: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._http.request(method, f"/api/learning{path}", headers=headers, **body)


def _content(answer: httpx.Response) -> Any:
    if answer.status_code == 401:
        raise Unknown("The access token is not taken any more. Log in again and run the same command.")
    if answer.is_error:
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        raise Refused(answer.status_code, answer.json() if is_problem else {"detail": answer.text[:200]})
    return answer.json() if answer.content else None


def _pause_of(answer: httpx.Response | None, attempt: int) -> float:
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    return min(LONGEST_PAUSE, float(asked) if asked.isdecimal() else 0.5 * 2**attempt)


def _fields(problem: Mapping[str, Any]) -> str:
    return "; ".join(f"{error['field']} {error['says']}" for error in problem.get("errors", ()))
