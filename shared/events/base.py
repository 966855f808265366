"""What an event is: a frozen, versioned fact in the past tense."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, TypeVar, dataclass_transform


@dataclass(frozen=True, kw_only=True)
class Meta:
    """The CloudEvents 1.0 attributes of a published event."""

    id: str
    source: str  # service that published it
    type: str
    subject: str  # id of the aggregate that the fact is about
    sequence: int  # 1, 2, 3 … within the subject
    time: datetime  # when it was committed, UTC
    traceparent: str | None = None  # W3C Trace Context


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events; `meta` is filled in once the event has been committed."""

    TYPE: ClassVar[str] = ""
    meta: Meta | None = field(default=None, compare=False, repr=False)

    @property
    def published(self) -> Meta:
        """The attributes of a published event. Raises ValueError for one that is not published yet."""
        if self.meta is None:
            raise ValueError(f"{type(self).__name__} has not been published")
        return self.meta


E = TypeVar("E", bound=Event)
REGISTRY: dict[str, type[Event]] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True)
def event(type_: str) -> Callable[[type[E]], type[E]]:
    """Declare an event class; `type_` is `service.subject.happened.vN`, type and routing key in one."""

    def register(cls: type[E]) -> type[E]:
        if type_ in REGISTRY:
            raise ValueError(f"{type_} is declared twice")
        frozen = dataclass(frozen=True, kw_only=True)(cls)
        frozen.TYPE = type_
        REGISTRY[type_] = frozen
        return frozen

    return register


def producer_of(event_class: type[Event]) -> str:
    """The service that publishes this event: the first part of its type."""
    return event_class.TYPE.split(".", 1)[0]
