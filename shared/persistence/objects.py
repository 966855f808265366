"""Objects in S3: any S3 server serves. What belongs to a person is sealed with that person's key."""

from io import BytesIO
from typing import Protocol

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import S3Error
from minio.objectlockconfig import DAYS, ObjectLockConfig

from shared.domain.errors import NotFound
from shared.security.keyring import Keyring

TIMEOUT = urllib3.Timeout(connect=3, read=30)
SMALLEST_PART = 5 * 1024 * 1024  # bytes; S3's rule
NO_LOCK = ("InvalidBucketState", "NotImplemented", "ObjectLockConfigurationNotFoundError")


class Server(Protocol):
    """Where an S3 server is, and as whom it is asked; the settings of a service say so."""

    @property
    def s3_url(self) -> str:
        """Scheme, host and port."""

    @property
    def s3_access_key(self) -> str:
        """The user."""

    @property
    def s3_secret_key(self) -> str:
        """The password."""


class Objects:
    """One bucket of a service.

    Keys are paths of ids; `owner` is the id under which the keyring holds the sealing key.
    """

    def __init__(self, settings: Server, bucket: str, keyring: Keyring | None = None) -> None:
        scheme, _, host = settings.s3_url.partition("://")
        pool = urllib3.PoolManager(
            timeout=TIMEOUT, maxsize=8, retries=urllib3.Retry(total=3, backoff_factor=0.2)
        )
        self._client = Minio(
            host,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
            secure=scheme == "https",
            region="us-east-1",
            http_client=pool,
        )
        self._bucket, self._keyring = bucket, keyring

    def ensure_bucket(self, lock: bool = False) -> None:
        """Create the bucket unless it stands; two processes may do this at once.

        `lock`: so that `lock_for` may hold, where the server has such buckets.
        """
        try:
            if not self._client.bucket_exists(self._bucket):
                self._client.make_bucket(self._bucket, object_lock=lock)
        except S3Error as error:
            if lock and error.code in NO_LOCK:
                return self.ensure_bucket()
            if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise

    def lock_for(self, days: int) -> bool:
        """Let nobody, not even the owner, delete or replace what is put from now on, for so many days.

        (Object lock, COMPLIANCE: a later put under the same key makes a new version, and the old one stays.)
        False when the bucket was not made for it or the server has none.
        """
        try:
            self._client.set_object_lock_config(self._bucket, ObjectLockConfig(COMPLIANCE, days, DAYS))
        except S3Error as error:
            if error.code in NO_LOCK:
                return False
            raise
        return True

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Store bytes as they are; the same key again replaces them."""
        self._client.put_object(
            self._bucket, key, BytesIO(content), len(content), content_type,
            part_size=max(len(content), SMALLEST_PART),  # one request, whatever the size
        )  # fmt: skip

    def get(self, key: str, offset: int = 0, length: int = 0) -> bytes:
        """Read an object, or `length` bytes of it from `offset`. Raises NotFound."""
        try:
            answer = self._client.get_object(self._bucket, key, offset=offset, length=length)
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchBucket"):
                raise NotFound(what="object") from error
            raise
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    def size(self, key: str) -> int:
        """Length of an object in bytes."""
        size = self._client.stat_object(self._bucket, key).size
        return int(size or 0)

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        try:
            self._client.stat_object(self._bucket, key)
        except S3Error as error:
            if error.code == "NoSuchKey":
                return False
            raise
        return True

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so. Raises NotFound when there is no bucket."""
        try:
            return [
                str(item.object_name)
                for item in self._client.list_objects(self._bucket, prefix, recursive=True)
            ]
        except S3Error as error:
            if error.code == "NoSuchBucket":
                raise NotFound(what="bucket") from error
            raise

    def delete(self, key: str) -> None:
        """Remove an object; a missing one is no error."""
        self._client.remove_object(self._bucket, key)

    def put_sealed(self, owner: str, key: str, content: bytes) -> None:
        """Store bytes sealed with the owner's key and bound to this place."""
        self.put(key, self._sealer().seal(owner, content, context=f"{self._bucket}/{key}"))

    def get_sealed(self, owner: str, key: str) -> bytes:
        """Read what `put_sealed` stored. Raises Erased when the owner's key has been destroyed."""
        return self._sealer().unseal(owner, self.get(key), context=f"{self._bucket}/{key}")

    def _sealer(self) -> Keyring:
        if self._keyring is None:
            raise ValueError("this bucket holds nothing sealed")
        return self._keyring
