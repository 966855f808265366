"""The bucket of the log's archive, as audit writes to it (docs/adr/0010)."""

from dataclasses import replace
from pathlib import Path

import structlog
from prometheus_client import Gauge

from shared.archive import DamagedArchive, Manifest, ManifestSigner, manifest_verifier
from shared.persistence.objects import Objects, Server

logger = structlog.get_logger()
LOCKED = Gauge("xueshi_log_archive_locked", "1 when the bucket refuses deletion (object lock)")


class ArchiveBucket:
    """What is stored already, and right, is never written again. Raises what the S3 client raises."""

    def __init__(self, server: Server, bucket: str, *, private_key: Path, lock_days: int) -> None:
        """`private_key` (P-256, PEM) signs manifests; for `lock_days` nobody can delete; 0: no lock."""
        self._objects, self._bucket, self._lock_days = Objects(server, bucket), bucket, lock_days
        self._signer, self._verify = ManifestSigner(private_key), manifest_verifier([private_key])
        self._exists = False

    def ensure(self) -> None:
        """Create the bucket where it is missing, with its lock."""
        if self._exists:
            return
        wants_lock = self._lock_days > 0
        self._objects.ensure_bucket(lock=wants_lock)
        locked = wants_lock and self._objects.lock_for(self._lock_days)
        LOCKED.set(locked)
        if not locked:
            logger.warning("log.archive_not_locked", bucket=self._bucket)
        self._exists = True

    def put_segment(self, content: bytes, manifest: Manifest) -> None:
        """Store a segment's bytes."""
        if self._stored(manifest.segment_key) != content:
            self._objects.put(manifest.segment_key, content)

    def put_manifest(self, manifest: Manifest) -> None:
        """Sign a segment's manifest and store it."""
        if not self._is_signed(manifest):
            self._objects.put(manifest.key, self._signer.sign(manifest))

    def _stored(self, key: str) -> bytes | None:
        return self._objects.get(key) if self._objects.exists(key) else None

    def _is_signed(self, manifest: Manifest) -> bool:
        """Whether our signature of it is stored; a new one would have other bytes each time."""
        try:
            return replace(self._verify(self._stored(manifest.key) or b""), key_id="") == manifest
        except DamagedArchive:
            return False
