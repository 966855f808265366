"""The archive of the event log: segments of events in S3, each with a signed manifest (docs/adr/0010)."""

from shared.archive.manifest import Manifest, ManifestSigner, Times, manifest_verifier
from shared.archive.segment import DamagedArchive, Record, SegmentWriter
from shared.archive.store import Archive

__all__ = [
    "Archive",
    "DamagedArchive",
    "Manifest",
    "ManifestSigner",
    "Record",
    "SegmentWriter",
    "Times",
    "manifest_verifier",
]
