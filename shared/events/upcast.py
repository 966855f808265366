"""Upcasters: how the data of an old version of an event reads as the next version.

    @upcasts("payment.fee.confirmed.v1")
    def _(data: Data) -> Data:
        return {**data, "currency": "CNY"}

says how V1 reads as `payment.fee.confirmed.v2`; V1 → V2 → V3 is a chain of two. An upcaster is a pure
function on the JSON data, stands beside the new class, and stays as long as the log may hold the old version.
From then on no handler sees the old version: whoever subscribes, subscribes to the newest class.
"""

from collections.abc import Callable
from typing import Any

from shared.events.base import Event

Data = dict[str, Any]
Upcaster = Callable[[Data], Data]
UPCASTERS: dict[str, Upcaster] = {}


def upcasts(type_: str) -> Callable[[Upcaster], Upcaster]:
    """Declare how the data of `type_` reads as its next version. Raises ValueError when declared twice."""

    def register(upcaster: Upcaster) -> Upcaster:
        if type_ in UPCASTERS:
            raise ValueError(f"{type_} is upcast twice")
        next_version(type_)  # refuses what has no version
        UPCASTERS[type_] = upcaster
        return upcaster

    return register


def next_version(type_: str) -> str:
    """The type one version later: `….v1` → `….v2`. Raises ValueError for a type without a version."""
    stem, _, version = type_.rpartition(".v")
    if not stem or not version.isdecimal():
        raise ValueError(f"{type_} does not end in .vN")
    return f"{stem}.v{int(version) + 1}"


def newest(type_: str) -> str:
    """The type that `type_` reads as in the end; itself where nothing upcasts it."""
    while type_ in UPCASTERS:
        type_ = next_version(type_)
    return type_


def upcast(type_: str, data: Data) -> Data:
    """The data of `type_` as data of `newest(type_)`."""
    while type_ in UPCASTERS:
        data, type_ = UPCASTERS[type_](data), next_version(type_)
    return data


def types_read_as(event_class: type[Event]) -> list[str]:
    """The types that reach a subscriber of this class, oldest first: the routing keys of its queue.

    Raises ValueError for a class that an upcaster supersedes: its handler would never be called.
    """
    if event_class.TYPE in UPCASTERS:
        raise ValueError(f"{event_class.TYPE} reads as {newest(event_class.TYPE)}: subscribe to that")
    older = [type_ for type_ in UPCASTERS if newest(type_) == event_class.TYPE]
    return [*sorted(older, key=_version), event_class.TYPE]


def _version(type_: str) -> int:
    return int(type_.rpartition(".v")[2])
