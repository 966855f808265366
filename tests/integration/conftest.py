"""The whole system, and the people of the demo on it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from testkit.actors import cast
from testkit.actors.actors import Person
from testkit.actors.journey import Journey
from testkit.servers.stack import Stack

Play = Callable[..., Journey]


@pytest.fixture(scope="session")
def play(stack: Stack, media: Path, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Plays a journey; staff stay logged in from one to the next."""
    staff = {it.role: cast.staff(stack, it) for it in cast.staff_accounts(stack)}

    def played(person: Person = cast.LEARNER, before: Callable[[str], None] = lambda name: None) -> Journey:
        journey = Journey(
            url=stack.url,
            organisation=staff["organisation"],
            province=staff["province"],
            auditor=staff["auditor"],
            learner=cast.learner(stack, person),
            media=media,
            out=tmp_path_factory.mktemp("journey"),
            say=lambda step: print(step),
            before=before,
        )
        journey.play()
        return journey

    return played


@pytest.fixture(scope="session")
def journey(play: Play) -> Journey:
    """One journey that nothing disturbed."""
    return play()
