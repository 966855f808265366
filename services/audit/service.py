"""What audit does when something happened: it writes down everything, and publishes nothing."""

from functools import cache

import structlog
from minio.error import MinioException
from nameko.timer import timer
from pymongo.errors import PyMongoError
from urllib3.exceptions import HTTPError

from services.audit.archiver import Archiver
from services.audit.log_reader import LogReader
from services.audit.patrol import Patrol
from services.audit.runtime import AuditEventsRuntime
from services.audit.segment_builder import Broken
from services.audit.segments import Segments
from services.audit.storage import EventLog
from shared.messaging.service import Service

logger = structlog.get_logger()


class AuditService(Service[AuditEventsRuntime]):
    """审计: the stream of all events becomes an append-only, tamper-evident log (R31), archived in S3."""

    name = "audit"
    runtime_class = AuditEventsRuntime
    log, segments = EventLog(), Segments()
    relay = None  # there is no outbox: an auditor changes nothing

    reader = LogReader()
    patrol = Patrol(log)

    @timer(interval=60)
    def verify(self) -> None:
        """巡检: verify the next part of the chain (R32)."""
        self.patrol.walk(entries=10_000)

    @timer(interval=60, eager=True)
    def archive(self) -> None:
        """归档: what is due; when a server is away or the log is broken, the next round tries again."""
        try:
            self.archiver().run()
        except (Broken, MinioException, HTTPError, PyMongoError, OSError) as error:
            logger.error("log.archive_failed", error=f"{type(error).__name__}: {error}")

    @classmethod
    @cache
    def archiver(cls) -> Archiver:
        """The archiver of this process."""
        return Archiver(cls.log, cls.segments, cls.process_runtime().settings)
