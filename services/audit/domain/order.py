"""The order of events within their subject: sequence 1, 2, 3 … without gaps."""

from collections.abc import Iterable

from shared.events.base import Event


def in_order(events: Iterable[Event]) -> list[Event]:
    """The same events; those of one subject by sequence, on the positions that they have in the log.

    A broker's refusal of a single message can let a later event of the same subject overtake it.
    """
    events = list(events)
    by_subject: dict[tuple[str, str], list[int]] = {}
    for position, event in enumerate(events):
        by_subject.setdefault(_subject(event), []).append(position)
    for positions in by_subject.values():
        ordered = sorted(
            (events[position] for position in positions), key=lambda event: event.published.sequence
        )
        for position, event in zip(positions, ordered, strict=True):
            events[position] = event
    return events


def _subject(event: Event) -> tuple[str, str]:
    return event.published.source, event.published.subject
