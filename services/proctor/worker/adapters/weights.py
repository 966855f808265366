"""Weights files: provisioned by the operator or packaged, pinned by SHA-256, never fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path


class WeightsError(Exception):
    """A weights file is missing, altered or not what it should be; the message says what to do."""


def read_checked(path: Path, sha256: str) -> bytes:
    """The bytes of `path`, once their SHA-256 is the pinned one.

    Raises:
        WeightsError: the file is missing or is another one.
    """
    if not path.is_file():
        raise WeightsError(f"weights file {path} is missing: provision it there, it is never fetched")
    data = path.read_bytes()
    actual = hashlib.sha256(data).hexdigest()
    if actual != sha256.lower():
        raise WeightsError(
            f"weights file {path} has SHA-256 {actual}, pinned is {sha256}: provision the pinned one"
        )
    return data
