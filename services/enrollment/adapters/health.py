"""Whether the parts of the system that learners need are ready, asked over HTTP (R9)."""

import logging
from collections.abc import Mapping

import httpx

TIMEOUT = httpx.Timeout(3.0, connect=2.0)
logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each request at INFO, and this asks all day


class HealthProbe:
    """Asks each component, by name, at the address where it says that it is ready."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False)

    def away(self) -> set[str]:
        """The components that do not answer, or answer that they are not ready."""
        return {component for component, url in self._urls.items() if not self._ready(url)}

    def _ready(self, url: str) -> bool:
        try:
            return self._http.get(url).is_success
        except httpx.HTTPError:
            return False
