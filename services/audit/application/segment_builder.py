"""Makes a segment of the archive from entries of the log, and signs off nothing that is broken (R32)."""

from datetime import datetime
from typing import NamedTuple

from services.audit.domain import Entry, Head
from shared.archive import Manifest, Record, SegmentWriter, Times
from shared.archive.segment import sha256


class BrokenLog(Exception):
    """The log is not in order here; what is broken is not signed."""


class BuiltSegment(NamedTuple):
    """A segment that is ready to be stored."""

    content: bytes
    manifest: Manifest


class SegmentBuilder:
    """A segment in the making, which follows `before`."""

    def __init__(self, before: Head) -> None:
        self._before, self._writer = before, SegmentWriter(before.hash)
        self._offsets, self._times = list[int](), list[datetime]()

    @property
    def events(self) -> int:
        """How many it holds so far."""
        return self._writer.events

    @property
    def raw_bytes(self) -> int:
        """Their size before compression."""
        return self._writer.raw_bytes

    def add(self, entry: Entry) -> None:
        """The next entry. Raises BrokenLog when it is not what the chain demands."""
        if entry.previous_hash != self._writer.last_hash:
            raise BrokenLog(f"entry {entry.position} does not follow the one before it")
        self._writer.add(Record(entry.stream_offset, entry.body))
        if entry.hash != self._writer.last_hash:
            raise BrokenLog(f"entry {entry.position} has another hash than its body gives")
        self._offsets.append(entry.stream_offset)
        if entry.time:
            self._times.append(entry.time)

    def close(self) -> BuiltSegment:
        """The whole segment, with at least one entry in it."""
        content, before, times = self._writer.close(), self._before, self._times
        manifest = Manifest(
            first_position=before.position + 1,
            last_position=before.position + self.events,
            first_offset=self._offsets[0],
            last_offset=self._offsets[-1],
            times=Times(earliest=min(times), latest=max(times)) if times else None,
            bytes=len(content),
            sha256=sha256(content),
            previous_hash=before.hash,
            last_hash=self._writer.last_hash,
        )
        return BuiltSegment(content, manifest)
