"""One journey of the demo's people on the whole system."""

from pathlib import Path

import pytest

from testkit.actors import cast
from testkit.actors.journey import Journey
from testkit.servers.stack import Stack


@pytest.fixture(scope="session")
def journey(stack: Stack, media: Path, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """One journey that nothing disturbed."""
    staff = {account.role: cast.staff(stack, account) for account in cast.staff_accounts(stack)}
    journey = Journey(
        url=stack.url,
        organisation=staff["organisation"],
        province=staff["province"],
        auditor=staff["auditor"],
        learner=cast.learner(stack),
        media=media,
        out=tmp_path_factory.mktemp("journey"),
        on_step=print,
    )
    journey.play()
    return journey
