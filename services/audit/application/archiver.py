"""Archives the log in S3, segment by segment, long before the stream forgets (R31; docs/adr/0010).

What a segment holds is decided in the database first; then segment, manifest, and a note that both are there.
A crash anywhere between repeats the rest with the same bytes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Gauge

from services.audit.adapters.archive_bucket import ArchiveBucket
from services.audit.application.pacing import breathing
from services.audit.application.segment_builder import BrokenLog, BuiltSegment, SegmentBuilder
from services.audit.domain import Head
from services.audit.storage import EventLog, Segments, Span
from shared.crash_points import crash_point
from shared.domain.clock import Clock, utc_now
from shared.persistence.lease import Lease

logger = structlog.get_logger()
OLDEST = Gauge("xueshi_log_unarchived_seconds", "Age of the oldest entry that is not archived; 0: all are")
WRITTEN = Counter("xueshi_log_segments_total", "Segments of the log that this process has archived")


@dataclass(frozen=True, kw_only=True)
class SegmentLimits:
    """A segment closes with whichever is reached first."""

    entries: int
    bytes: int  # before compression
    seconds: int  # the age of its oldest event


class Archiver:
    """归档. Of several processes one archives, by lease; a second one writes the same and is harmless."""

    def __init__(
        self,
        log: EventLog,
        segments: Segments,
        bucket: ArchiveBucket,
        limits: SegmentLimits,
        lease: Lease,
        clock: Clock = utc_now,
    ) -> None:
        self._log, self._segments, self._bucket = log, segments, bucket
        self._limits, self._lease, self._clock = limits, lease, clock

    def run(self) -> int:
        """Archive all that is due; returns how many segments were written. Raises BrokenLog."""
        written = 0
        while self._is_due() and self._lease.held():
            self._bucket.ensure()
            self._write()
            written += 1
        return written

    def _is_due(self) -> bool:
        """Whether a segment is unfinished, full, or too old; the age is measured on the way."""
        if self._segments.unfinished():
            return True
        done = self._done()
        age = self._age(self._log.oldest_time(after=done))
        OLDEST.set(age)
        full = self._log.head().position - done >= self._limits.entries
        return full or age >= self._limits.seconds

    def _age(self, oldest: datetime | None) -> float:
        age = self._clock() - oldest if oldest else timedelta()
        return max(age.total_seconds(), 0)

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

    def _rebuild(self, span: Span) -> BuiltSegment:
        return self._build(self._log.head_at(span.first - 1), span)

    def _store(self, built: BuiltSegment, span: Span) -> None:
        """The manifest comes last: whoever reads takes a segment only by its manifest."""
        manifest = built.manifest
        crash_point("segment-decided")
        self._bucket.put_segment(built.content, manifest)
        crash_point("segment-stored")
        self._bucket.put_manifest(manifest)
        crash_point("manifest-stored")
        self._segments.mark_archived(span)
        WRITTEN.inc()
        logger.info("log.archived", segment=manifest.name, events=manifest.events, bytes=manifest.bytes)

    def _build(self, before: Head, span: Span | None = None) -> BuiltSegment:
        """The segment behind `before`: what was decided, or as much as the limits allow. Raises BrokenLog."""
        limit = span.last - before.position if span else self._limits.entries
        builder = SegmentBuilder(before)
        for entry in breathing(self._log.read(before.position, limit)):
            builder.add(entry)
            if span is None and builder.raw_bytes >= self._limits.bytes:
                break
        if span and builder.events < limit:
            raise BrokenLog(f"the log ends before entry {span.last}, up to which a segment was decided")
        return builder.close()
