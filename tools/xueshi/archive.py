"""The archive of the event log: what of a selection is in it, and whether it is sound."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from minio.error import MinioException
from urllib3.exceptions import HTTPError

from shared.archive import Archive, DamagedArchive, Manifest, Record, manifest_verifier
from shared.persistence.objects import Objects
from tools.xueshi.endpoints import ArchiveEndpoint
from tools.xueshi.errors import OperatorError, Unknown, Unreachable
from tools.xueshi.selection import Selection


class UnsoundArchive(OperatorError):
    """The archive is not what was signed."""


class LogArchive:
    """The archive of one endpoint. Raises UnsoundArchive, which names the segment, and Unreachable."""

    def __init__(self, endpoint: ArchiveEndpoint) -> None:
        """Raises Unknown when a public key cannot be read."""
        try:
            verify = manifest_verifier(endpoint.public_keys)
        except (OSError, ValueError) as error:
            raise Unknown(f"A public key of the archive cannot be read: {error}") from error
        self._server = urlsplit(endpoint.s3_url).netloc
        self._archive = Archive(Objects(endpoint, endpoint.bucket), verify)

    def end(self) -> int:
        """The last archived offset; -1 of an empty archive."""
        with self._operator_errors():
            return self._archive.end()

    def manifests(self, since: int = 0, until: int | None = None) -> list[Manifest]:
        """Verified, and in order."""
        with self._operator_errors():
            return self._archive.manifests(since, until)

    def records(self, manifest: Manifest) -> Iterator[Record]:
        """A segment's events."""
        with self._operator_errors():
            yield from self._archive.records(manifest)

    def row(self, manifest: Manifest, verify: bool) -> dict[str, Any]:
        """A segment as it is shown; its `fault` is None unless verifying it found one."""
        fault = self._fault(manifest) if verify else None
        times = asdict(manifest.times) if manifest.times else {"earliest": None, "latest": None}
        plain = asdict(manifest) | {"events": manifest.events, "segment": manifest.name}
        del plain["times"]
        shown = {name: time.isoformat() if time else None for name, time in times.items()}
        return plain | shown | {"verified": verify and not fault, "fault": fault}

    def _fault(self, manifest: Manifest) -> str | None:
        try:
            with self._operator_errors():
                self._archive.verify(manifest)
        except UnsoundArchive as error:
            return str(error)
        return None

    @contextmanager
    def _operator_errors(self) -> Iterator[None]:
        try:
            yield
        except DamagedArchive as error:
            raise UnsoundArchive(str(error)) from error
        except (MinioException, HTTPError, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise Unreachable(f"The archive at {self._server} does not answer: {reason}") from error


class ArchivedSelection:
    """What of a selection is in the archive."""

    def __init__(self, archive: LogArchive, selection: Selection) -> None:
        self._archive = archive
        self.end = archive.end()  # offset up to which the archive has all; it grows meanwhile
        self.tail: bytes | None = None  # the body at `end`, once it has been read
        since, until = selection.since, selection.until
        last = min(until, self.end) if isinstance(until, int) else self.end
        manifests = archive.manifests(since if isinstance(since, int) else 0, last)
        earliest, latest = (bound if isinstance(bound, datetime) else None for bound in (since, until))
        self.chosen = [manifest for manifest in manifests if manifest.may_hold(earliest, latest)]

    def records(self) -> Iterator[Record]:
        """The events of the chosen segments, in order."""
        for manifest in self.chosen:
            for record in self._archive.records(manifest):
                if record.offset == self.end:
                    self.tail = record.body
                yield record
