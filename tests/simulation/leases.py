"""How the simulated proctor and learning keep a secret from each other: a real key pair, made once."""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from services.proctor.adapters.play_leases import PlayLeases
from services.proctor.adapters.sealed_seeds import SealedSeeds
from services.proctor.domain import ProctoredSession
from services.proctor.domain.proctored_session import SealLease
from shared.security.leases import LeaseOpener
from testkit.servers.credentials import Credentials


class RepeatableLeases(PlayLeases):
    """The same lease is sealed once: sealing draws on the system's randomness, and a seed is a run."""

    def of(self, session_id: str) -> SealLease:
        """As PlayLeases."""
        return lambda check_id, until_ms: self.sealed(session_id, check_id, until_ms)

    @lru_cache(maxsize=100_000)  # noqa: B019 - there is one of these objects
    def sealed(self, session_id: str, check_id: str, until_ms: int) -> str:
        """The lease of a check, to the byte as before."""
        return super().of(session_id)(check_id, until_ms)


class OpenSeeds(SealedSeeds):
    """Seeds as they are: keys of persons have tests of their own."""

    def __init__(self) -> None:
        """Without a keyring."""

    def seal(self, person_id: str, session_id: str, seed: bytes) -> str:
        """In hexadecimal."""
        return seed.hex()

    def unseal(self, session: ProctoredSession) -> bytes:
        """Undo `seal`."""
        return bytes.fromhex(session.sealed_seed)


def _pair() -> tuple[RepeatableLeases, LeaseOpener]:
    with TemporaryDirectory() as folder:
        pair = Credentials(Path(folder)).ec_pair("lease")
        return RepeatableLeases(pair.public), LeaseOpener(pair.private)


SEALER, OPENER = _pair()
SEEDS = OpenSeeds()
