"""What every test of the project can ask for, and how the tests are spread over parallel workers.

Each worker has servers of its own. A module's tests stay together, for its fixtures are made once; all tests
that need the whole system begin first, for they take longest, and stay together: those of the players by
themselves, beside the others, for they mostly watch the clock.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["testkit.fixtures"]
WHOLE_SYSTEM = (
    "tests/integration/test_",
    "tests/integration/gateway/",
    "tests/faults/test_faults.py",
    "tests/players/",
)
PLAYERS = "tests/players/"
SERVERS = "_system"  # the fixture that starts them

# Workers share the processors: how long an example takes says nothing about the code.
settings.register_profile("shared processors", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if "PYTEST_XDIST_WORKER" in os.environ:
    settings.load_profile("shared processors")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need servers, and put first those that need the whole system."""
    for item in items:
        fixtures: tuple[str, ...] = getattr(item, "fixturenames", ())
        if SERVERS in fixtures:
            item.add_marker(pytest.mark.servers)
        if "stack" in fixtures and not item.nodeid.startswith(WHOLE_SYSTEM):
            raise pytest.UsageError(f"{item.nodeid} needs the whole system: name its folder in WHOLE_SYSTEM")
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_SYSTEM))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Work is handed out by the module, and the whole system's tests in one piece."""
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByModule(config, log)


def group_of(nodeid: str) -> str:
    """The tests that run one after the other on one worker."""
    if nodeid.startswith(WHOLE_SYSTEM) and not nodeid.startswith(PLAYERS):
        return "the whole system"
    return nodeid.partition("::")[0]
