"""An archive as audit would write it, of events of a test's own."""

import json
from datetime import UTC, datetime, timedelta

from shared.archive import Manifest, ManifestSigner, Record, SegmentWriter, Times
from shared.archive.segment import sha256
from shared.eventlog.chain import GENESIS_HASH
from shared.persistence.objects import Objects

MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)


def at(number):
    """The time of an event; each is a minute later than the one before."""
    return MORNING + timedelta(minutes=number)


def an_event(number, note=""):
    """An envelope of study 0, 1 or 2, of one of two types."""
    type_ = ("learning.lesson.completed.v1", "payment.fee.confirmed.v1")[number % 2]
    event = {"id": f"event-{number}", "type": type_, "subject": f"study-{number % 3}", "note": note}
    return json.dumps(event | {"time": at(number).isoformat()}, separators=(",", ":")).encode()


def a_log(begin, end=None):
    """Offset and body of the events of these numbers, as `range` takes them."""
    numbers = range(begin) if end is None else range(begin, end)
    return [(number, an_event(number)) for number in numbers]


class Bucket:
    """A bucket of the test's own, and what audit would put there."""

    def __init__(self, endpoint, private_key):
        self._signer = ManifestSigner(private_key)
        self.objects = Objects(endpoint, endpoint.bucket)
        self.objects.ensure_bucket()
        self._position, self._hash = 0, GENESIS_HASH

    def write(self, *records, **wrong):
        """One more segment, whose manifest may lie."""
        writer = SegmentWriter(self._hash)
        for record in records:
            writer.add(Record(*record))
        content = writer.close()
        manifest = Manifest(**{
            "first_position": self._position + 1, "last_position": self._position + len(records),
            "first_offset": records[0][0], "last_offset": records[-1][0], "times": times_of(records),
            "bytes": len(content), "sha256": sha256(content), "previous_hash": self._hash,
            "last_hash": writer.last_hash, **wrong,
        })  # fmt: skip
        self.objects.put(manifest.segment_key, content)
        self.objects.put(manifest.key, self._signer.sign(manifest))
        self._position, self._hash = manifest.last_position, manifest.last_hash
        return manifest

    def sign_with(self, private_key):
        """From now on, another key."""
        self._signer = ManifestSigner(private_key)

    def write_all(self, records, size=10):
        """All records, in segments of so many."""
        records = list(records)
        return [self.write(*records[at : at + size]) for at in range(0, len(records), size)]


def times_of(records):
    """The earliest and the latest."""
    times = [datetime.fromisoformat(json.loads(body)["time"]) for _, body in records]
    return Times(earliest=min(times), latest=max(times))
