"""The content of the catalogue: the events of each service, their parts, their readers."""

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from shared.events.base import REGISTRY, Event, producer_of
from tools.contracts.consumers import Consumer, consumers, readers_of_all
from tools.contracts.parts import parts_of

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Catalogue:
    """All events of our services."""

    events: list[type[Event]]
    readers: dict[str, list[Consumer]]  # by event type
    read_everything: list[str]  # services that read the stream of all events

    @property
    def services(self) -> list[str]:
        """The services that publish anything."""
        return list(dict.fromkeys(producer_of(event_class) for event_class in self.events))

    def of(self, service: str) -> list[type[Event]]:
        """What this service publishes."""
        return [event_class for event_class in self.events if producer_of(event_class) == service]

    def parts(self) -> list[type]:
        """The nested classes and enums of all events."""
        return parts_of(self.events)


def catalogue(folder: Path = ROOT / "services") -> Catalogue:
    """The catalogue of the present code: what the services in this folder publish and read."""
    events = [
        event_class for event_class in REGISTRY.values() if (folder / producer_of(event_class)).is_dir()
    ]
    return Catalogue(events, consumers(folder), readers_of_all(folder))


def chinese_name(service: str) -> str:
    """The service's 中文 name, from the docstring of its events module."""
    name = re.search(r"\((.+?)\)", import_module(f"shared.events.{service}").__doc__ or "")
    if name is None:
        raise LookupError(f"shared.events.{service} does not have its 中文 name in parentheses")
    return name[1]
