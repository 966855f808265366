"""The archive in its bucket: manifests choose segments, and prove them before anything is taken out."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from shared.archive import segment
from shared.archive.manifest import Manifest, offsets_of
from shared.archive.segment import DamagedArchive, Record
from shared.domain.errors import NotFound
from shared.eventlog.chain import GENESIS_HASH, hash_of
from shared.persistence.objects import Objects

MAX_FETCHES = 8  # manifests that are fetched side by side


class Archive:
    """Reads only. Raises DamagedArchive, which names the segment; when S3 is away, what its client raises."""

    def __init__(self, objects: Objects, verify: Callable[[bytes], Manifest]) -> None:
        self._objects, self._verify = objects, verify

    def end(self) -> int:
        """The last archived offset, by the names alone; -1 of an empty archive."""
        return max((last for _, last, _ in self._names()), default=-1)

    def manifests(self, since: int = 0, until: int | None = None) -> list[Manifest]:
        """Those of the segments with offsets from `since` to `until`, in order, each verified.

        They follow each other without a gap; the first follows the one before, if `since` lies between.
        """
        names = self._names()
        wanted = [name for name in names if name[1] >= since and (until is None or name[0] <= until)]
        if not wanted:
            return []
        before = names[: names.index(wanted[0])][-1:] if since < wanted[0][0] else []
        with ThreadPoolExecutor(MAX_FETCHES) as pool:
            manifests = list(pool.map(self._manifest, (key for _, _, key in before + wanted)))
        _require_order(manifests, since)
        return manifests[len(before) :]

    def records(self, manifest: Manifest) -> Iterator[Record]:
        """The segment's events, in order; its bytes are those that were signed."""
        try:
            content = self._objects.get(manifest.segment_key)
        except NotFound as error:
            raise _damaged(manifest.name, "it is not in the bucket") from error
        if segment.sha256(content) != manifest.sha256:
            raise _damaged(manifest.name, "its bytes are not those that were signed (SHA-256)")
        try:
            yield from segment.records(content)
        except (ValueError, zlib.error) as error:
            raise _damaged(manifest.name, f"it cannot be read: {error}") from error

    def verify(self, manifest: Manifest) -> None:
        """Compute a segment's chain again, and compare what its manifest states. Raises DamagedArchive."""
        last_hash, offsets = manifest.previous_hash, list[int]()
        for offset, body in self.records(manifest):
            last_hash = hash_of(last_hash, body)
            offsets.append(offset)
        if last_hash != manifest.last_hash:
            raise _damaged(manifest.name, "its events do not form the signed chain")
        if [len(offsets), *offsets[:1], *offsets[-1:]] != [
            manifest.events, manifest.first_offset, manifest.last_offset,
        ]:  # fmt: skip
            raise _damaged(manifest.name, "it does not hold the events that its manifest counts")
        if any(after <= before for before, after in pairwise(offsets)):
            raise _damaged(manifest.name, "its events are out of order")

    def _names(self) -> list[tuple[int, int, str]]:
        """First and last offset and key of every manifest, in order."""
        try:
            keys = self._objects.keys("manifests/")
        except NotFound:
            return []
        return sorted((*offsets, key) for key in keys if (offsets := offsets_of(key)))

    def _manifest(self, key: str) -> Manifest:
        name = key.removeprefix("manifests/").removesuffix(".jws")
        try:
            manifest = self._verify(self._objects.get(key))
        except (DamagedArchive, NotFound) as error:
            raise _damaged(name, f"manifest: {error}") from error
        if manifest.key != key:
            raise _damaged(name, f"its manifest is that of {manifest.name}")
        return manifest


def _require_order(manifests: Sequence[Manifest], since: int) -> None:
    first = manifests[0]
    if first.first_position == 1 and first.previous_hash != GENESIS_HASH:
        raise _damaged(first.name, "it is the first of a log, and follows another one")
    if first.first_position > 1 and since < first.first_offset:
        raise _damaged(first.name, "what comes before it is not in the bucket")
    for before, after in pairwise(manifests):
        if not after.follows(before):
            raise _damaged(after.name, f"it does not follow {before.name}: one is missing or was exchanged")


def _damaged(name: str, what: str) -> DamagedArchive:
    return DamagedArchive(f"Segment {name} of the archive: {what}.")
