"""What every test of the project can ask for, and how the tests are spread over parallel workers.

Each worker has servers of its own. A module's tests stay together, for its fixtures are made once; all tests
that need the whole system stay together and begin first, for they take longest.
"""

import pytest

pytest_plugins = ["testkit.fixtures"]
WHOLE_SYSTEM = "whole-system"
SERVERS = "_system"  # the fixture that starts them


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the group of each test, mark those that need servers, and put the longest group first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group_of(item)))
        if SERVERS in _fixtures_of(item):
            item.add_marker(pytest.mark.servers)
    items.sort(key=lambda item: _group_of(item) != WHOLE_SYSTEM)


def _group_of(item: pytest.Item) -> str:
    return WHOLE_SYSTEM if "stack" in _fixtures_of(item) else str(item.path)


def _fixtures_of(item: pytest.Item) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(item, "fixturenames", ())
    return names
