"""The thread of the events process that reads the stream, as long as the service runs."""

import time
from typing import Protocol

import structlog
from nameko.extensions import DependencyProvider
from pymongo.errors import PyMongoError

from services.audit.domain import LogFork
from shared.eventlog.errors import EventLogError
from shared.persistence.lease import Lease

log = structlog.get_logger()
BACK_OFF_SECONDS = (0.2, 1.0, 5.0)


class Recording(Protocol):
    """A reading of the stream into the log."""

    def round(self) -> int:
        """Append what comes within about a second."""

    def close(self) -> None:
        """Stop reading."""


class RecordingRuntime(Protocol):
    """The runtime of a service that records the stream."""

    @property
    def reader_lease(self) -> Lease:
        """Whose holder reads."""

    def record(self) -> Recording:
        """Begin to read, behind what is stored."""


class LogReader(DependencyProvider):  # type: ignore[misc]
    """Nameko extension. Of several processes one reads, by lease; a second would do no harm to the log."""

    is_ready = False  # reading, or standing by while another process reads
    _stopped = False

    def start(self) -> None:
        """Read in a thread of the container; should it die, the container dies with it."""
        self.container.spawn_managed_thread(self._run, identifier="log reader")

    def stop(self) -> None:
        """Stop after the round in progress."""
        self._stopped = True

    def _run(self) -> None:
        runtime: RecordingRuntime = self.container.service_cls.process_runtime()
        failures = 0
        while not self._stopped:
            try:
                self._read(runtime)
                failures = 0
            except (EventLogError, OSError, PyMongoError, LogFork) as error:
                self.is_ready = isinstance(error, LogFork)
                log.warning("log_reader.interrupted", error=f"{type(error).__name__}: {error}")
                failures += 1
            self._wait(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])

    def _read(self, runtime: RecordingRuntime) -> None:
        """Read until the lease is lost, the service stops, or something breaks."""
        if not runtime.reader_lease.held():
            self.is_ready = True  # standing by
            return
        recording = runtime.record()
        try:
            self.is_ready = True
            while not self._stopped and runtime.reader_lease.held():
                recording.round()
        finally:
            recording.close()

    def _wait(self, seconds: float) -> None:
        """Back off, but end at once when the service stops."""
        until = time.monotonic() + seconds
        while not self._stopped and time.monotonic() < until:
            time.sleep(0.05)
