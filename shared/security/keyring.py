"""Keys of persons (R33): what is sealed with a key is gone for good once the key is destroyed.

The keyring is a database of its own that works like a key management service: a service may create
and read wrapped keys, and only identity may destroy one. See docs/adr/0003-keys-of-persons.md.
"""

import base64
import hashlib
import hmac
import secrets
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from shared.domain.errors import DomainError, ErrorKind
from shared.settings import Settings

NONCE = 12  # bytes, NIST SP 800-38D
CACHE_SECONDS = 60.0  # how long a destroyed key may still be used by a running process
CACHE_ENTRIES = 10_000


class Erased(DomainError):
    """已删除: the person's key has been destroyed, nothing sealed with it can be read."""

    code = "person.erased"
    kind = ErrorKind.NOT_FOUND
    message = "The person's data has been erased 个人数据已删除."


class Keyring:
    """Seals and unseals with the key of an owner: a person, or a photo that has no person yet."""

    def __init__(self, settings: Settings) -> None:
        client: MongoClient[dict[str, object]] = MongoClient(
            settings.keyring_uri, w="majority", journal=True, serverSelectionTimeoutMS=10_000
        )
        self._keys: Collection[dict[str, object]] = client.get_default_database()["person_keys"]
        self._wrap = AESGCM(base64.b64decode(settings.keyring_kek))
        self._pepper = base64.b64decode(settings.id_pepper)
        self._cache: dict[str, tuple[float, AESGCM]] = {}

    def ensure_indexes(self) -> None:
        """One person for one ID number."""
        self._keys.create_index(
            "id_hash", unique=True, partialFilterExpression={"id_hash": {"$type": "string"}}
        )

    def person_for(self, id_number: str) -> str:
        """The id of the person with this ID number; created with a new key at first sight."""
        digest = self._hash(id_number)
        found = self._keys.find_one({"id_hash": digest}, {"_id": 1})
        if found:
            return str(found["_id"])
        try:
            return self._insert(secrets.token_hex(16), id_hash=digest)
        except DuplicateKeyError:
            return self.person_for(id_number)

    def find_person(self, id_number: str) -> str | None:
        """The id of the person with this ID number, or None; creates nothing."""
        found = self._keys.find_one({"id_hash": self._hash(id_number)}, {"_id": 1})
        return str(found["_id"]) if found else None

    def new_owner(self) -> str:
        """A fresh key for something that belongs to no known person yet; returns the owner id."""
        return self._insert(secrets.token_hex(16))

    def seal(self, owner: str, plain: bytes, context: str) -> bytes:
        """AES-256-GCM under the owner's key; `context` must be given again to unseal."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._key(owner).encrypt(nonce, plain, f"{owner}|{context}".encode())

    def unseal(self, owner: str, sealed: bytes, context: str) -> bytes:
        """Undo `seal`. Raises Erased without the key, ValueError when the data was altered."""
        try:
            return self._key(owner).decrypt(sealed[:NONCE], sealed[NONCE:], f"{owner}|{context}".encode())
        except InvalidTag as error:
            raise ValueError("sealed data has been altered or moved") from error

    def seal_text(self, owner: str, text: str, context: str) -> str:
        """`seal` for text, as base64url."""
        return base64.urlsafe_b64encode(self.seal(owner, text.encode(), context)).decode()

    def unseal_text(self, owner: str, sealed: str, context: str) -> str:
        """Undo `seal_text`."""
        return self.unseal(owner, base64.urlsafe_b64decode(sealed), context).decode()

    def destroy(self, owner: str) -> None:
        """Erase the owner everywhere (identity only)."""
        self._keys.delete_one({"_id": owner})
        self._cache.pop(owner, None)

    def _key(self, owner: str) -> AESGCM:
        until, key = self._cache.get(owner, (0.0, None))
        if key is not None and until > time.monotonic():
            return key
        found = self._keys.find_one({"_id": owner})
        if not found:
            self._cache.pop(owner, None)
            raise Erased()
        wrapped = found["wrapped"]
        assert isinstance(wrapped, bytes)
        key = AESGCM(self._wrap.decrypt(wrapped[:NONCE], wrapped[NONCE:], owner.encode()))
        if len(self._cache) >= CACHE_ENTRIES:
            self._cache.clear()
        self._cache[owner] = (time.monotonic() + CACHE_SECONDS, key)
        return key

    def _insert(self, owner: str, **more: str) -> str:
        nonce = secrets.token_bytes(NONCE)
        wrapped = nonce + self._wrap.encrypt(nonce, AESGCM.generate_key(256), owner.encode())
        self._keys.insert_one({"_id": owner, "wrapped": wrapped, **more})
        return owner

    def _hash(self, id_number: str) -> str:
        return hmac.new(self._pepper, id_number.strip().upper().encode(), hashlib.sha256).hexdigest()
