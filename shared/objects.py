"""Objects in S3: any S3 server serves. What belongs to a person is sealed with that person's key."""

from io import BytesIO

import urllib3
from minio import Minio
from minio.error import S3Error

from shared.errors import NotFound
from shared.security.keyring import Keyring
from shared.settings import Settings

TIMEOUT = urllib3.Timeout(connect=3, read=30)


class Objects:
    """One bucket of a service.

    Keys are paths of ids; `owner` is the id under which the keyring holds the sealing key.
    """

    def __init__(self, settings: Settings, bucket: str, keyring: Keyring | None = None) -> None:
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

    def ensure_bucket(self) -> None:
        """Create the bucket unless it stands; two processes may do this at once."""
        try:
            if not self._client.bucket_exists(self._bucket):
                self._client.make_bucket(self._bucket)
        except S3Error as error:
            if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Store bytes as they are; the same key again replaces them."""
        self._client.put_object(self._bucket, key, BytesIO(content), len(content), content_type)

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
