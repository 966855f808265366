"""What a running process of a service holds: settings, keyring, token verifier, connections, repositories."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from mongoengine.connection import get_db

from shared.observability.logging import configure_logging
from shared.persistence.connection import connect, disconnect
from shared.persistence.objects import Objects
from shared.persistence.repository import Repository
from shared.security.keyring import Keyring
from shared.security.tokens import TokenVerifier
from shared.settings import ServiceSettings, read

S = TypeVar("S", bound=ServiceSettings)


class Store(Protocol):
    """What keeps state in the service's database: a repository, or audit's log."""

    def ensure_indexes(self) -> None:
        """Create the indexes where they are missing."""


class Runtime(Generic[S]):
    """Opened once when a process starts, closed when it ends.

    The class of a service says its name and settings, and makes its repositories once, as members.
    """

    name: ClassVar[str]  # of the service
    settings_class: ClassVar[type[ServiceSettings]] = ServiceSettings
    buckets: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: S) -> None:
        self.settings = settings
        self._objects: dict[str, Objects] = {}

    @classmethod
    def from_environment(cls) -> Self:
        """Not opened yet. Raises SettingsError that names what is missing or wrong."""
        settings: Any = read(cls.settings_class)
        return cls(settings)

    @property
    def repositories(self) -> Sequence[Repository[Any]]:
        """The members that are repositories, as they were made; their outboxes are relayed in turn."""
        return [member for member in vars(self).values() if isinstance(member, Repository)]

    @property
    def stores(self) -> Sequence[Store]:
        """Everything that keeps state in the service's database."""
        return self.repositories

    def open(self) -> None:
        """Connect, and create indexes and buckets where they are missing."""
        configure_logging(self.settings.service, self.settings.log_level)
        connect(self.settings)
        self.keyring.ensure_indexes()
        for store in self.stores:
            store.ensure_indexes()
        for bucket in self.buckets:
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
    def verify_token(self) -> TokenVerifier:
        """Verifies an access token."""
        return TokenVerifier(self.settings.token_public_key)
