"""Requests that are signed by us, and answers that are believed only when WeChat Pay has signed them."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from services.payment.adapters.channel import ChannelRefused, ChannelUnavailable, MalformedMessage
from services.payment.adapters.wechatpay.messages import read_json_object, read_text
from services.payment.adapters.wechatpay.signing import MerchantSigner, PlatformVerifier
from shared.domain.clock import Clock

TIMEOUT = httpx.Timeout(10.0, connect=3.0, pool=3.0)  # seconds
LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=30.0)
CONNECT_RETRIES = 2
NOT_FOUND = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})


class Transport:
    """Pooled connections to the gateway at `url`. Thread-safe.

    Raises ChannelUnavailable (outcome unknown), ChannelRefused, or UntrustedMessage.
    """

    def __init__(self, url: str, signer: MerchantSigner, verifier: PlatformVerifier, clock: Clock) -> None:
        self._signer, self._verifier, self._clock = signer, verifier, clock
        # Retries here repeat failed connects only, never a request that may have arrived.
        pool = httpx.HTTPTransport(retries=CONNECT_RETRIES, limits=LIMITS)
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, transport=pool, trust_env=False)

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def find(self, target: str) -> dict[str, Any] | None:
        """What is at `target`; None where the channel knows nothing."""
        try:
            return self.call("GET", target)
        except ChannelRefused as refused:
            if refused.status == httpx.codes.NOT_FOUND and refused.channel_code in NOT_FOUND:
                return None
            raise

    def call(self, method: str, target: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a request; `target` is path and query exactly as sent."""
        body = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode()
        response = self._send(method, target, body)
        if response.status_code >= 500 or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise ChannelUnavailable(f"HTTP {response.status_code}")
        # Only a request whose own signature failed is answered without one; everything else is signed.
        if response.status_code != httpx.codes.UNAUTHORIZED:
            self._verifier.verify(response.headers, response.content, self._clock())
        if response.is_success:
            return read_json_object(response.content) if response.content else {}
        raise ChannelRefused(response.status_code, _channel_code(response.content))

    def _send(self, method: str, target: str, body: bytes) -> httpx.Response:
        headers = {
            "Authorization": self._signer.authorization(method, target, body, self._clock()),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "xueshi-payment",
            "Wechatpay-Serial": self._verifier.serial,  # asks for answers signed with this key
        }
        try:
            return self._http.request(method, target, content=body, headers=headers)
        except httpx.RequestError as error:
            raise ChannelUnavailable(type(error).__name__) from error


def _channel_code(content: bytes) -> str:
    # The channel's message can echo what we sent; its code cannot.
    try:
        return read_text(read_json_object(content), "code")
    except MalformedMessage:
        return "UNKNOWN"
