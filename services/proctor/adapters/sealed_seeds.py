"""Seeds of schedules at rest: sealed with the person's key, so that nobody reads them too early (R17)."""

from services.proctor.domain import ProctoredSession
from shared.security.keyring import Keyring


class SealedSeeds:
    """Seals the seed of a session, and reads it again."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, person_id: str, session_id: str, seed: bytes) -> str:
        """The seed as it is stored with its session."""
        return self._keyring.seal_text(person_id, seed.hex(), _context(session_id))

    def unseal(self, session: ProctoredSession) -> bytes:
        """The seed of a session. Raises Erased, ValueError when it was altered or belongs to another."""
        seed = self._keyring.unseal_text(session.person_id, session.sealed_seed, _context(session.id))
        return bytes.fromhex(seed)


def _context(session_id: str) -> str:
    return f"seed/{session_id}"
