"""Text messages (短信) through Aliyun SMS: SendSms of dysmsapi 2017-05-25."""

import hashlib
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, ClassVar, Self

import httpx

from services.identity.adapters.aliyun_signature import authorization, canonical_query
from shared.domain.clock import Clock, utc_now

ACTION, VERSION = "SendSms", "2017-05-25"
TIMEOUT = httpx.Timeout(5.0, connect=3.0, pool=3.0)
LIMITS = httpx.Limits(max_connections=10, max_keepalive_connections=5, keepalive_expiry=30.0)

# httpx logs each URL at INFO, and this protocol carries phone and code in the URL.
logging.getLogger("httpx").setLevel(logging.WARNING)


class SmsError(Exception):
    """A text message that was not accepted; texts of these errors hold no personal data."""

    code: ClassVar[str] = "sms-error"


class SmsUnavailable(SmsError):
    """No answer, or a 5xx: the message may have been sent or not. Sending again is safe."""

    code = "sms-unavailable"


class SmsRefused(SmsError):
    """The operator said no; `reason` is its code, such as `isv.MOBILE_NUMBER_ILLEGAL`."""

    code = "sms-refused"

    def __init__(self, reason: str, request_id: str) -> None:
        super().__init__(f"{reason} (request {request_id})")
        self.reason = reason
        self.request_id = request_id


class SmsThrottled(SmsRefused):
    """Too many messages to this number (业务限流); wait before asking again."""

    code = "sms-throttled"


THROTTLED = frozenset(
    {"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "Throttling.User", "Throttling.Api"}
)


@dataclass(frozen=True, kw_only=True)
class SmsSettings:
    """The account, and its approved signature (短信签名) and template (短信模板) with a `code`."""

    url: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    sign_name: str
    template: str


class Sms:
    """Sends one-time codes (验证码, R15). Thread-safe, synchronous; one per process."""

    def __init__(self, settings: SmsSettings, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        # Retries here repeat failed connects only.
        transport = httpx.HTTPTransport(retries=2, limits=LIMITS)
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def send_code(self, phone: str, code: str, out_id: str = "") -> str:
        """Send `code` to `phone`; answers the operator's receipt (BizId).

        `out_id` goes along as OutId, so that a message can be found in the operator's records. The
        operator doesn't recognise repeats by it: a second call sends a second message.
        Raises SmsUnavailable, SmsThrottled or SmsRefused.
        """
        answer = self._send(self._parameters(phone, code, out_id))
        reason = str(answer.get("Code", "UNKNOWN"))
        if reason != "OK":
            # Its Message can echo the whole request, phone and code included: it is dropped.
            kind = SmsThrottled if reason in THROTTLED else SmsRefused
            raise kind(reason, str(answer.get("RequestId", "unknown")))
        return str(answer.get("BizId", ""))

    def _parameters(self, phone: str, code: str, out_id: str) -> dict[str, str]:
        parameters = {
            "PhoneNumbers": phone,
            "SignName": self._settings.sign_name,
            "TemplateCode": self._settings.template,
            "TemplateParam": json.dumps({"code": code}),
        }
        return parameters | ({"OutId": out_id} if out_id else {})

    def _send(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        query = canonical_query(parameters)
        url = httpx.URL(f"{self._settings.url}/?{query}")
        headers = self._signed_headers(url.netloc.decode("ascii"), query)
        try:
            response = self._http.post(url, headers=headers)
        except httpx.RequestError as error:
            raise SmsUnavailable(type(error).__name__) from None
        if response.status_code >= 500:
            raise SmsUnavailable(f"HTTP {response.status_code}")
        return _json_object(response.content)

    def _signed_headers(self, host: str, query: str) -> dict[str, str]:
        headers = {
            "host": host,
            "x-acs-action": ACTION,
            "x-acs-version": VERSION,
            "x-acs-date": self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        key_id, secret = self._settings.access_key_id, self._settings.access_key_secret
        return headers | {"Authorization": authorization(key_id, secret, query, headers)}


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        raise SmsUnavailable("the answer is not JSON") from None
    return parsed if isinstance(parsed, dict) else {}
