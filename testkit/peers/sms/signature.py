"""ACS3-HMAC-SHA256, the operator's side: was this request signed by the account, just now, and only once?"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from testkit.peers.sms.errors import AliyunError
from testkit.peers.sms.settings import SmsStandInSettings

SCHEME = "ACS3-HMAC-SHA256"
AUTHORIZATION = re.compile(SCHEME + r" Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})")
MANDATORY = ("x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256")
WINDOW = timedelta(minutes=15)


def verify(
    settings: SmsStandInSettings, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Raise AliyunError unless the account signed exactly this request within 15 minutes."""
    for name in MANDATORY:
        if not headers.get(name):
            raise AliyunError(400, "MissingParameter", f"{name} is mandatory for this action.")
    match = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if match is None:
        raise AliyunError(
            400, "IncompleteSignature", "The request signature does not conform to Aliyun standards."
        )
    key_id, signed_names, signature = match.groups()
    if key_id != settings.access_key_id:
        raise AliyunError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    _require_fresh(headers["x-acs-date"])
    _require_covered(signed_names.split(";"), headers)
    request = canonical_request(method, path, query, signed_names, headers, body)
    require_signature(settings.access_key_secret, request, signature)


def _require_fresh(date: str) -> None:
    try:
        signed_at = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        message = "Specified time stamp or date value is not well formatted."
        raise AliyunError(400, "InvalidTimeStamp.Format", message) from None
    if abs(datetime.now(UTC) - signed_at) > WINDOW:
        raise AliyunError(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def _require_covered(signed_names: list[str], headers: Mapping[str, str]) -> None:
    # All common headers that are present have to be signed, or they could be swapped.
    required = {name for name in headers if name.startswith("x-acs-")} | {"host"}
    required |= {"content-type"} & set(headers)
    if not required <= set(signed_names) or signed_names != sorted(signed_names):
        raise AliyunError(
            400, "IncompleteSignature", "The request signature does not conform to Aliyun standards."
        )


def canonical_request(
    method: str, path: str, query: str, signed_names: str, headers: Mapping[str, str], body: bytes
) -> str:
    """The request as both sides write it before hashing (规范化请求)."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    canonical_query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in signed_names.split(";"))
    body_hash = hashlib.sha256(body).hexdigest()
    return f"{method}\n{path}\n{canonical_query}\n{lines}\n{signed_names}\n{body_hash}"


def require_signature(secret: str, request: str, signature: str) -> None:
    """Raise SignatureDoesNotMatch unless ``signature`` fits the canonical request."""
    to_sign = f"{SCHEME}\n{hashlib.sha256(request.encode()).hexdigest()}"
    expected = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        # The operator echoes the request, and with it its personal data.
        details = f"server stringToSign is: {to_sign} server canonicalRequest is: {request}"
        message = f"Specified signature does not match our calculation. {details}"
        raise AliyunError(400, "SignatureDoesNotMatch", message)
