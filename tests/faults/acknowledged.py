"""What an answer of the api has promised a person: an event that must be in the log."""

from typing import Any, NamedTuple


class AcknowledgedEvent(NamedTuple):
    """An event of this type with these values among its data (sorted by name)."""

    type: str
    fields: tuple[tuple[str, Any], ...]
