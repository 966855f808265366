"""The bucket of videos: written as a stream or in parts, read in pieces."""

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

    def fetch(self, key: str, size: int, file: BinaryIO) -> None:
        """Write an object of `size` bytes to a file. Raises NotFound."""
        for piece in self.stream(key, 0, size):
            file.write(piece)

    def store_part(self, upload_id: str, number: int, content: bytes) -> None:
        """Keep one part of an upload; the same number again replaces it."""
        self.put(_part_key(upload_id, number), content)

    def assemble(self, upload_id: str, count: int, file: BinaryIO) -> str:
        """Write the parts 1 … `count` to a file, in order: its SHA-256. Raises NotFound."""
        digest = hashlib.sha256()
        for number in range(1, count + 1):
            content = self.get(_part_key(upload_id, number))
            digest.update(content)
            file.write(content)
        return digest.hexdigest()

    def delete_parts(self, upload_id: str) -> None:
        """Remove the parts of an upload, whichever there are."""
        for key in self.keys(_parts(upload_id)):
            self.delete(key)


def sha256(file: BinaryIO) -> str:
    """The digest of a whole file, in hexadecimal."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _parts(upload_id: str) -> str:
    return f"uploads/{upload_id}/"


def _part_key(upload_id: str, number: int) -> str:
    return f"{_parts(upload_id)}{number:05}"
