"""A segment's manifest: what the segment holds and its position in the chain, signed by audit.

It is stored as a compact JWS (RFC 7515), ES256; `kid` is the key's thumbprint (RFC 7638).
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.archive.segment import DamagedArchive

ALGORITHM, TYPE, FORMAT = "ES256", "xueshi-archive", 1
MILLISECOND = timedelta(milliseconds=1)
NAME = re.compile(r"manifests/(\d{15})-(\d{15})\.jws")


@dataclass(frozen=True, kw_only=True)
class Times:
    """The earliest and the latest of the events' own times, cut to the millisecond."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Positions count the log's entries from 1 without gaps; offsets are those of the stream."""

    first_position: int
    last_position: int
    first_offset: int
    last_offset: int
    times: Times | None  # None: no event in it has a time that can be read
    bytes: int  # of the segment as it is stored
    sha256: str  # of the same, hexadecimal
    previous_hash: str  # of the entry before the first
    last_hash: str  # of the last entry
    key_id: str = ""  # that has signed it; set by reading

    @property
    def events(self) -> int:
        """How many the segment holds."""
        return self.last_position - self.first_position + 1

    @property
    def name(self) -> str:
        """By which a person finds it, and by which names sort in the log's order."""
        return f"{self.first_offset:015d}-{self.last_offset:015d}"

    @property
    def segment_key(self) -> str:
        """The key of the segment in its bucket."""
        return f"segments/{self.name}.gz"

    @property
    def key(self) -> str:
        """The key of the manifest in the bucket."""
        return f"manifests/{self.name}.jws"

    def follows(self, before: "Manifest") -> bool:
        """Whether nothing is missing between the two."""
        return (
            self.first_position == before.last_position + 1
            and self.first_offset > before.last_offset
            and self.previous_hash == before.last_hash
        )

    def may_hold(self, since: datetime | None, until: datetime | None) -> bool:
        """Whether an event of these times, both included, may be in it."""
        if self.times is None:
            return since is None and until is None
        late_enough = since is None or self.times.latest + MILLISECOND > since
        return late_enough and (until is None or self.times.earliest <= until)


class ManifestSigner:
    """Signs with a P-256 private key (PEM)."""

    def __init__(self, private_key: Path) -> None:
        self._key = ECKey.import_key(private_key.read_bytes())

    def sign(self, manifest: Manifest) -> bytes:
        """The manifest as it is stored."""
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._key.thumbprint()}
        return jws.serialize_compact(header, _dumped(manifest), self._key).encode()


def manifest_verifier(public_keys: Iterable[Path]) -> Callable[[bytes], Manifest]:
    """A function that reads a manifest which one of these keys has signed, or raises DamagedArchive."""
    imported = (ECKey.import_key(path.read_bytes()) for path in public_keys)
    keys = {key.thumbprint(): key for key in imported}

    def verify(signed: bytes) -> Manifest:
        try:
            kid = str(jws.extract_compact(signed).headers().get("kid"))
            if kid not in keys:
                raise DamagedArchive(
                    f"it is signed with key {kid}, and the public keys given are {', '.join(keys)}"
                )
            verified = jws.deserialize_compact(signed, keys[kid], algorithms=[ALGORITHM])
            if verified.headers().get("typ") != TYPE:
                raise DamagedArchive("what is signed is no manifest")
            return _loaded(verified.payload, kid)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise DamagedArchive(f"its signature does not hold ({type(error).__name__})") from error

    return verify


def offsets_of(key: str) -> tuple[int, int] | None:
    """First and last offset that a manifest's key names; None: it is no manifest's."""
    match = NAME.fullmatch(key)
    return (int(match[1]), int(match[2])) if match else None


def _dumped(manifest: Manifest) -> bytes:
    values = asdict(manifest) | {"format": FORMAT, "events": manifest.events}
    del values["key_id"]
    return json.dumps(values, default=datetime.isoformat, separators=(",", ":")).encode()


def _loaded(payload: bytes, key_id: str) -> Manifest:
    values: dict[str, Any] = json.loads(payload)
    if values.pop("format") != FORMAT:
        raise DamagedArchive("its format is newer than this program")
    events, times = values.pop("events"), values.pop("times")
    read = {name: datetime.fromisoformat(text) for name, text in times.items()} if times else None
    manifest = Manifest(**values, times=Times(**read) if read else None, key_id=key_id)
    if manifest.events != events:
        raise DamagedArchive("its positions and its count differ")
    return manifest
