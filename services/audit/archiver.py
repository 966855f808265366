"""Archives the log in S3, segment by segment, long before the stream forgets (R31; docs/adr/0010).

What a segment holds is decided in the database first; then segment, manifest, and a note that both are there.
A crash anywhere between repeats the rest with the same bytes.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import structlog
from mongoengine.connection import get_db
from prometheus_client import Counter, Gauge

from services.audit.domain import Entry, Head
from services.audit.segment_builder import Broken, Built, SegmentBuilder
from services.audit.segments import Segments, Span
from services.audit.settings import AuditSettings
from services.audit.storage import EventLog
from shared.archive import DamagedArchive, Manifest, ManifestSigner, manifest_verifier
from shared.crash_points import crash_point
from shared.domain.clock import Clock, utc_now
from shared.persistence.lease import Lease
from shared.persistence.objects import Objects

logger = structlog.get_logger()
BREATH = 200  # entries after which other green threads get their turn
OLDEST = Gauge("xueshi_log_unarchived_seconds", "Age of the oldest entry that is not archived; 0: all are")
WRITTEN = Counter("xueshi_log_segments_total", "Segments of the log that this process has archived")
LOCKED = Gauge("xueshi_log_archive_locked", "1 when the bucket refuses deletion (object lock)")


class Archiver:
    """归档. Of several processes one archives, by lease; a second one writes the same and is harmless."""

    def __init__(
        self, log: EventLog, segments: Segments, settings: AuditSettings, clock: Clock = utc_now
    ) -> None:
        self._log, self._segments, self._settings, self._clock = log, segments, settings, clock
        self._objects = Objects(settings, settings.archive_bucket)
        self._signer = ManifestSigner(settings.archive_private_key)
        self._verify = manifest_verifier([settings.archive_private_key])
        self._lease = Lease(get_db(settings.service)["archive_lease"])
        self._bucket_stands = False

    def run(self) -> int:
        """Archive all that is due; returns how many segments were written. Raises Broken."""
        written = 0
        while self._is_due() and self._lease.held():
            self._ensure_bucket()
            self._write()
            written += 1
        return written

    def _is_due(self) -> bool:
        """Whether a segment is unfinished, full, or too old; notes the age on the way."""
        if self._segments.unfinished():
            return True
        done = self._done()
        oldest = self._log.oldest_time(after=done)
        age = self._clock() - oldest if oldest else timedelta()
        OLDEST.set(max(age.total_seconds(), 0))
        full = self._log.head().position - done >= self._settings.archive_entries
        return full or age.total_seconds() >= self._settings.archive_seconds

    def _write(self) -> None:
        if begun := self._segments.unfinished():
            self._store(self._rebuild(begun), begun)
            return
        built = self._build(self._log.head_at(self._done()))
        first, until = built.manifest.first_position, built.manifest.last_position
        span = self._segments.decide(first, until)
        self._store(built if span.last == until else self._rebuild(span), span)

    def _done(self) -> int:
        last = self._segments.last()
        return last.last if last else 0

    def _rebuild(self, span: Span) -> Built:
        return self._build(self._log.head_at(span.first - 1), span)

    def _store(self, built: Built, span: Span) -> None:
        """The manifest comes last. What lies there and is right is not put again."""
        manifest = built.manifest
        crash_point("segment-decided")
        if self._stored(manifest.segment_key) != built.content:
            self._objects.put(manifest.segment_key, built.content)
        crash_point("segment-stored")
        if not self._vouched(manifest):
            self._objects.put(manifest.key, self._signer.sign(manifest))
        crash_point("manifest-stored")
        self._segments.archived(span)
        WRITTEN.inc()
        logger.info("log.archived", segment=manifest.name, events=manifest.events, bytes=manifest.bytes)

    def _stored(self, key: str) -> bytes | None:
        return self._objects.get(key) if self._objects.exists(key) else None

    def _vouched(self, manifest: Manifest) -> bool:
        """Whether our signature lies there; a new one would be another each time."""
        try:
            return replace(self._verify(self._stored(manifest.key) or b""), key_id="") == manifest
        except DamagedArchive:
            return False

    def _build(self, before: Head, span: Span | None = None) -> Built:
        """The segment behind `before`: what was decided, or as much as the limits allow. Raises Broken."""
        limit = span.last - before.position if span else self._settings.archive_entries
        builder = SegmentBuilder(before)
        for entry in _breathing(self._log.read(before.position, limit)):
            builder.add(entry)
            if span is None and builder.raw_bytes >= self._settings.archive_bytes:
                break
        if span and builder.events < limit:
            raise Broken(f"the log ends before entry {span.last}, up to which a segment was decided")
        return builder.close()

    def _ensure_bucket(self) -> None:
        if self._bucket_stands:
            return
        days = self._settings.archive_lock_days
        self._objects.ensure_bucket(lock=days > 0)
        locked = days > 0 and self._objects.lock_for(days)
        LOCKED.set(locked)
        if not locked:
            logger.warning("log.archive_not_locked", bucket=self._settings.archive_bucket)
        self._bucket_stands = True


def _breathing(entries: Iterator[Entry]) -> Iterator[Entry]:
    for count, entry in enumerate(entries):
        if count % BREATH == 0:
            time.sleep(0)
        yield entry
