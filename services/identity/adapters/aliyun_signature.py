"""ACS3-HMAC-SHA256, the signature of Aliyun's APIs (阿里云 «V3 版本请求体&签名机制»).

Own signing, a dozen lines, because the official SDK brings aiohttp and over a dozen packages for one POST.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

SCHEME = "ACS3-HMAC-SHA256"


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Parameters sorted by name and percent-encoded as RFC 3986 has it (a space is %20, a tilde stays)."""
    return "&".join(
        f"{quote(name, safe='~')}={quote(parameters[name], safe='~')}" for name in sorted(parameters)
    )


def authorization(key_id: str, secret: str, query: str, headers: Mapping[str, str]) -> str:
    """The Authorization header of a POST to `/` that signs all of `headers` (lower-case names)."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    signed = ";".join(names)
    request = "\n".join(["POST", "/", query, lines, signed, headers["x-acs-content-sha256"]])
    to_sign = f"{SCHEME}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{SCHEME} Credential={key_id},SignedHeaders={signed},Signature={signature}"
