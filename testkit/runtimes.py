"""Runtimes of small services that tests and benches define."""

from typing import Any

from shared.persistence.repository import Repository
from shared.runtime import Runtime
from shared.settings import ServiceSettings


def runtime_with(service: str, *repositories: Repository[Any]) -> type[Runtime[ServiceSettings]]:
    """The runtime class of a service that holds just these repositories."""

    class SmallRuntime(Runtime[ServiceSettings]):
        name = service

        @property
        def repositories(self) -> tuple[Repository[Any], ...]:
            return repositories

    return SmallRuntime
