"""Keyed digests: what is short enough to guess cannot be guessed from the database."""

import base64
import hashlib
import hmac


class Digests:
    """HMAC-SHA-256 under the pepper of this system (base64), which no database holds."""

    def __init__(self, pepper: str) -> None:
        self._key = base64.b64decode(pepper)

    def of(self, purpose: str, *parts: str) -> str:
        """64 hexadecimal digits, different for each purpose."""
        message = "\x1f".join(("identity", purpose, *parts)).encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()
