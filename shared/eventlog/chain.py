"""The link of the log's hash chain: audit makes it, and whoever holds the events can make it again (R32)."""

import hashlib

GENESIS_HASH = "0" * 64  # what the first entry follows


def hash_of(previous_hash: str, body: bytes) -> str:
    """SHA-256 of the previous entry's hash (32 bytes) followed by the body, hexadecimal."""
    return hashlib.sha256(bytes.fromhex(previous_hash) + body).hexdigest()
