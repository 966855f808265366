"""What a running process of a service holds: settings, keyring, token verifier, connections."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from mongoengine.connection import get_db

from shared.objects import Objects
from shared.observability import configure_logging
from shared.security.keyring import Keyring
from shared.security.tokens import Principal, verifier
from shared.settings import ServiceSettings
from shared.storage import connect, disconnect

S = TypeVar("S", bound=ServiceSettings)


class Store(Protocol):
    """What keeps state in the service's database: a repository, or audit's log."""

    def ensure_indexes(self) -> None:
        """Create the indexes where they are missing."""


class Runtime(Generic[S]):
    """Opened once when a process starts, closed when it ends."""

    def __init__(self, settings: S, repositories: Sequence[Store], buckets: Sequence[str] = ()) -> None:
        self.settings = settings
        self._repositories, self._buckets = repositories, buckets
        self._objects: dict[str, Objects] = {}

    def open(self) -> None:
        """Connect, and create indexes and buckets where they are missing."""
        configure_logging(self.settings.service, self.settings.log_level)
        connect(self.settings)
        self.keyring.ensure_indexes()
        for repository in self._repositories:
            repository.ensure_indexes()
        for bucket in self._buckets:
            self.objects(bucket).ensure_bucket()

    def close(self) -> None:
        """Give the connections back."""
        disconnect(self.settings.service)

    def ready(self) -> bool:
        """Whether the database answers."""
        return bool(get_db(self.settings.service).command("ping")["ok"] == 1)

    def objects(self, bucket: str) -> Objects:
        """A bucket, able to seal."""
        if bucket not in self._objects:
            self._objects[bucket] = Objects(self.settings, bucket, self.keyring)
        return self._objects[bucket]

    @cached_property
    def keyring(self) -> Keyring:
        """The keys of persons."""
        return Keyring(self.settings)

    @cached_property
    def verify_token(self) -> Callable[[str], Principal]:
        """Verifies an access token."""
        return verifier(self.settings.token_public_key)
