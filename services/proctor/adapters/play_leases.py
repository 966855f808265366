"""Leases of the checks that are passed, sealed for learning (R17)."""

from pathlib import Path

from services.proctor.domain.proctored_session import SealLease
from shared.security.leases import Lease, LeaseSealer


class PlayLeases:
    """Seals leases with learning's public key (P-256, PEM). Raises OSError, ValueError without such a key."""

    def __init__(self, public_key: Path) -> None:
        self._sealer = LeaseSealer(public_key)

    def of(self, session_id: str) -> SealLease:
        """Seals the leases of one session."""
        return lambda check_id, until_ms: self._sealer.seal(
            Lease(session_id=session_id, check_id=check_id, until_ms=until_ms)
        )
