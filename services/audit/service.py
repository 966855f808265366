"""What audit does when something happened: it records everything, and says whether completed studies hold."""

import structlog
from minio.error import MinioException
from nameko.timer import timer
from pymongo.errors import PyMongoError
from urllib3.exceptions import HTTPError

from services.audit.adapters.log_reader import LogReader
from services.audit.application.segment_builder import BrokenLog
from services.audit.runtime import AuditEventsRuntime
from shared.messaging.service import Service

logger = structlog.get_logger()
STUDIES_AT_ONCE = 20


class AuditService(Service[AuditEventsRuntime]):
    """审计: the stream of all events becomes an append-only, tamper-evident log (R31), archived in S3."""

    runtime_class = AuditEventsRuntime
    reader = LogReader()

    @timer(interval=60)
    def verify(self) -> None:
        """巡检: verify the next stretch of the chain (R32)."""
        self.runtime.verifier.verify_next(entries=10_000)

    @timer(interval=1)
    def find_studies(self) -> None:
        """复核: look for completed studies in what the log has taken in (R28)."""
        self.runtime.finder.run()

    @timer(interval=1)
    def derive_studies(self) -> None:
        """复核: derive some of those that are due (R28, R31)."""
        self.runtime.deriver.run(STUDIES_AT_ONCE)

    @timer(interval=60, eager=True)
    def archive(self) -> None:
        """归档: what is due; when a server is away or the log is broken, the next minute tries again."""
        try:
            self.runtime.archiver.run()
        except (BrokenLog, MinioException, HTTPError, PyMongoError, OSError) as error:
            logger.error("log.archive_failed", error=f"{type(error).__name__}: {error}")
