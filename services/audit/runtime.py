"""What a process of audit holds besides the common things."""

from datetime import timedelta
from functools import cached_property

from mongoengine.connection import get_db

from services.audit.adapters.archive_bucket import ArchiveBucket
from services.audit.adapters.event_stream import EventStream
from services.audit.application.archiver import Archiver, SegmentLimits
from services.audit.application.chain_verification import ChainVerifier
from services.audit.application.gate import StudyDeriver, StudyFinder
from services.audit.application.recording import Recorder
from services.audit.domain.study_audit import Waiting
from services.audit.settings import AuditSettings
from services.audit.storage import Cursor, EventLog, Segments, StudyAudits
from shared.persistence.lease import Lease
from shared.runtime import Runtime, Store
from shared.settings import ServiceSettings


class AuditRuntime(Runtime[ServiceSettings]):
    """审计: the api process, which only reads."""

    name = "audit"

    def __init__(self, settings: ServiceSettings) -> None:
        super().__init__(settings)
        self.log = EventLog()

    @property
    def stores(self) -> tuple[Store, ...]:
        """The log."""
        return (self.log,)


class AuditEventsRuntime(AuditRuntime):
    """The events process: records the stream, verifies and archives the log, derives completed studies."""

    settings_class = AuditSettings
    settings: AuditSettings

    def __init__(self, settings: AuditSettings) -> None:
        super().__init__(settings)
        self.segments, self.cursor, self.studies = Segments(), Cursor(), StudyAudits()
        self.verifier = ChainVerifier(self.log)

    @property
    def stores(self) -> tuple[Store, ...]:
        """The log, which segments of it are archived, and the studies that are derived from it."""
        return (self.log, self.segments, self.cursor, self.studies)

    def record(self) -> Recorder:
        """Begin to read the stream into the log. Raises EventLogError, LogFork."""
        return Recorder(self.log, EventStream(self.settings.amqp_uri))

    @cached_property
    def reader_lease(self) -> Lease:
        """Whose holder reads the stream."""
        return self._lease("reader_lease")

    @cached_property
    def finder(self) -> StudyFinder:
        """Searches the log for completed studies."""
        return StudyFinder(self.log, self.cursor, self.studies, self.finder_lease)

    @cached_property
    def finder_lease(self) -> Lease:
        """Whose holder searches."""
        return self._lease("finder_lease")

    @cached_property
    def deriver(self) -> StudyDeriver:
        """Derives them."""
        settings = self.settings
        waiting = Waiting(
            settle=timedelta(seconds=settings.derivation_settle_seconds),
            deadline=timedelta(seconds=settings.derivation_deadline_seconds),
        )
        return StudyDeriver(self.log, self.studies, waiting)

    @cached_property
    def archiver(self) -> Archiver:
        """The archiver of this process."""
        settings = self.settings
        bucket = ArchiveBucket(
            settings, settings.archive_bucket,
            private_key=settings.archive_private_key, lock_days=settings.archive_lock_days,
        )  # fmt: skip
        limits = SegmentLimits(
            entries=settings.archive_entries, bytes=settings.archive_bytes, seconds=settings.archive_seconds
        )
        return Archiver(self.log, self.segments, bucket, limits, self._lease("archive_lease"))

    def _lease(self, collection: str) -> Lease:
        return Lease(get_db(self.settings.service)[collection])
