"""Verifies the chain round and round, a part at a time: a broken log is noticed without being asked (R32)."""

import time
from collections.abc import Iterator

import structlog
from prometheus_client import Gauge

from services.audit.domain import GENESIS, Entry, verify_chain
from services.audit.storage import EventLog

logger = structlog.get_logger()
BREATH = 500  # entries after which other green threads get their turn
BROKEN_AT = Gauge("xueshi_log_broken_at", "Position of the first entry out of order; 0: none found")
VERIFIED_TO = Gauge("xueshi_log_verified_position", "How far the present round of verification has come")


class Patrol:
    """巡检. A new process begins anew; a broken place is reported at each round until it is mended."""

    def __init__(self, log: EventLog) -> None:
        self._log, self._head = log, GENESIS

    def walk(self, entries: int) -> None:
        """Verify the next entries, at most this many; at the end of the log begin again."""
        before = self._head
        report = verify_chain(_breathing(self._log.read(before.position, entries)), before)
        BROKEN_AT.set(report.broken_at or 0)
        VERIFIED_TO.set(report.head.position)
        if report.broken_at:
            logger.error("log.broken", position=report.broken_at, reason=report.reason)
        reached = report.head.position - before.position
        self._head = report.head if reached == entries else GENESIS


def _breathing(entries: Iterator[Entry]) -> Iterator[Entry]:
    for count, entry in enumerate(entries):
        if count % BREATH == 0:
            time.sleep(0)
        yield entry
