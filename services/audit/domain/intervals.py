"""Sets of half-open integer intervals [from, to), kept sorted and disjoint."""

from collections.abc import Iterable

Interval = tuple[int, int]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same points, each once: sorted, disjoint, touching ones joined; empty ones dropped."""
    joined: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def length(intervals: Iterable[Interval]) -> int:
    """How many points `union` holds."""
    return sum(end - start for start, end in union(intervals))


def without(whole: Interval, holes: Iterable[Interval]) -> list[Interval]:
    """What is left of `whole` outside the holes."""
    left, start = [], whole[0]
    for hole_start, hole_end in union(holes):
        left.append((start, min(hole_start, whole[1])))
        start = max(start, hole_end)
    return union([*left, (start, whole[1])])
