"""What a world does itself so that a run can be repeated exactly: drawing, and gathering writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unittest.mock import patch

from services.learning.domain.event_factory import VALUE_BYTES
from services.proctor.domain.schedule import SEED_BYTES
from tests.simulation.gathering import SimulatedGatherer, SimulatedLocks, SimulatedLoop


class Secrets:
    """Stands where the module `secrets` does."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def token_hex(self, size: int) -> str:
        """As `secrets.token_hex`."""
        return self._chance.randbytes(size).hex()


@contextmanager
def repeatable(chance: Random) -> Iterator[None]:
    """Ids of play sessions, learning's values and proctor's seeds come from `chance`; no thread is real."""
    with (
        patch.multiple(
            "shared.persistence.group_updates",
            Gatherer=SimulatedGatherer,
            Locks=SimulatedLocks,
            asyncio=SimulatedLoop,
        ),
        patch("services.learning.application.playback.secrets", Secrets(chance)),
        patch(
            "services.learning.application.face_checks.draw_value",
            lambda: chance.randbytes(VALUE_BYTES).hex(),
        ),
        patch("services.proctor.application.sessions.draw_seed", lambda: chance.randbytes(SEED_BYTES)),
    ):
        yield
