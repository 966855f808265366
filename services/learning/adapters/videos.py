"""The bucket of videos: written as a stream, read in pieces."""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from shared.persistence.objects import Objects

BUCKET = "xueshi-videos"
PIECE_BYTES = 1 << 20


class Videos(Objects):
    """Videos are course material, not personal data: they are stored as they are."""

    def store(self, key: str, file: BinaryIO, size: int, content_type: str) -> None:
        """Upload `size` bytes from the start of a file, without holding it in memory."""
        file.seek(0)
        self._client.put_object(self._bucket, key, file, size, content_type)

    def stream(self, key: str, first: int, length: int) -> Iterator[bytes]:
        """`length` bytes from `first`, in pieces of at most 1 MiB. Raises NotFound."""
        end = first + length
        for offset in range(first, end, PIECE_BYTES):
            yield self.get(key, offset, min(PIECE_BYTES, end - offset))


def sha256(file: BinaryIO) -> str:
    """The digest of a whole file, in hexadecimal."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()
