"""What somebody was promised by an answer: an event that must be in the log."""

from typing import Any, NamedTuple


class Fact(NamedTuple):
    """An event of this type with these values among its data (sorted by name)."""

    type: str
    fields: tuple[tuple[str, Any], ...]
