"""Which parts of a video have been watched: a union of intervals (R23)."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Span:
    """A half-open interval of video [from_ms, to_ms)."""

    from_ms: int
    to_ms: int

    @property
    def length_ms(self) -> int:
        """How much video it is."""
        return self.to_ms - self.from_ms


def union(covered: Iterable[Span], more: Span) -> list[Span]:
    """`covered` with `more`: sorted, not empty, neither overlapping nor touching."""
    merged: list[Span] = []
    for span in sorted([*covered, more], key=lambda span: span.from_ms):
        if span.length_ms == 0:
            continue
        if merged and span.from_ms <= merged[-1].to_ms:
            last = merged.pop()
            span = Span(from_ms=last.from_ms, to_ms=max(last.to_ms, span.to_ms))
        merged.append(span)
    return merged


def measure_ms(covered: Iterable[Span]) -> int:
    """The length of a union."""
    return sum(span.length_ms for span in covered)
