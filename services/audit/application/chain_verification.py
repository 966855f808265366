"""Verifies the chain of the log: again and again by itself, and a stretch of it when somebody asks (R32)."""

from dataclasses import dataclass

import structlog
from prometheus_client import Gauge

from services.audit.application.pacing import breathing
from services.audit.domain import GENESIS, ChainReport, verify_chain
from services.audit.storage import EventLog

logger = structlog.get_logger()
BROKEN_AT = Gauge("xueshi_log_broken_at", "Position of the first entry out of order; 0: none found")
VERIFIED_TO = Gauge("xueshi_log_verified_position", "How far the present round of verification has come")


class ChainVerifier:
    """巡检: a broken log is noticed without being asked.

    A new process begins at the first entry; a broken position is reported in each round until it is mended.
    """

    def __init__(self, log: EventLog) -> None:
        self._log, self._head = log, GENESIS

    def verify_next(self, entries: int) -> None:
        """Verify the next entries, at most this many; at the end of the log begin again."""
        before = self._head
        report = verify_chain(breathing(self._log.read(before.position, entries)), before)
        BROKEN_AT.set(report.broken_at or 0)
        VERIFIED_TO.set(report.head.position)
        if report.broken_at:
            logger.error("log.broken", position=report.broken_at, reason=report.reason)
        reached = report.head.position - before.position
        self._head = report.head if reached == entries else GENESIS


@dataclass(frozen=True)
class Examination:
    """The head of the log, and what verifying a stretch of it has found."""

    events: int  # position of the last entry
    head_hash: str
    repeats: int
    after: int  # position behind which the stretch begins
    report: ChainReport

    @property
    def is_complete(self) -> bool:
        """Whether the stretch reaches the head."""
        return self.report.head.position >= self.events


def examine(log: EventLog, after: int, limit: int) -> Examination:
    """Compute up to `limit` hashes again, behind position `after`. Raises NotFound: the log is shorter."""
    last, start = log.head(), log.head_at(after)
    report = verify_chain(log.read(after, limit), start)
    return Examination(last.position, last.hash, log.repeats(), after, report)
