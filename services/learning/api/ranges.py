"""Byte ranges (RFC 9110, section 14): what a video player asks for."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


@dataclass(frozen=True, kw_only=True)
class ByteRange:
    """`length` bytes from `first`."""

    first: int
    length: int

    def content_range(self, size: int) -> str:
        """The header that says which part of `size` bytes this is."""
        return f"bytes {self.first}-{self.first + self.length - 1}/{size}"


class Unsatisfiable(Exception):
    """The range lies outside the object (416)."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The single range asked for, or None when everything is to be sent.

    A malformed header or a list of ranges is ignored, as the RFC allows. Raises Unsatisfiable.
    """
    found = _ONE.match(header.strip()) if header else None
    if found is None or not any(found.groups()):
        return None
    first, last = _bounds(found[1], found[2], size)
    if found[1] and found[2] and int(found[2]) < int(found[1]):
        return None
    if first >= size or last < first:
        raise Unsatisfiable
    return ByteRange(first=first, length=last - first + 1)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Inclusive bounds; without a first one, the header names how many bytes of the end."""
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (size, size - 1)
    return int(first), min(int(last), size - 1) if last else size - 1
