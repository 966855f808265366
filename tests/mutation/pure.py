"""A pytest plugin: tests of rules only, the same at every run.

Left out is what asks for a server, directly or through another fixture, and what tests adapters, which may
start a peer of the outside world. Property tests draw the same examples every time, so that a mutant that was
killed once is killed again.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings

SERVERS = {"servers", "stack"}
ADAPTERS = "test_adapters.py"

settings.register_profile(
    "mutation",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # a killed mutant needs no smallest example
)
settings.load_profile("mutation")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of rules."""
    config.hook.pytest_deselected(items=[item for item in items if not _is_pure(item)])
    items[:] = [item for item in items if _is_pure(item)]


def _is_pure(item: pytest.Item) -> bool:
    return item.path.name != ADAPTERS and SERVERS.isdisjoint(getattr(item, "fixturenames", ()))
