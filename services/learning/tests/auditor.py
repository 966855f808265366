"""The derivation of credit that `domain.playback` describes, written from that text alone.

It sees events and nothing else, counts video millisecond by millisecond, and shares no code with the domain.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from shared.events.base import Event
from shared.events.learning import PlaybackCredited, PlaybackRefused
from shared.events.terms import StudyPolicy

Played = PlaybackCredited | PlaybackRefused


def derive(events: Iterable[Event], policy: StudyPolicy) -> dict[tuple[str, str], set[int]]:
    """Covered milliseconds by (enrolment, lesson). Raises AssertionError where the rules were not kept."""
    covered: dict[tuple[str, str], set[int]] = defaultdict(set)
    last: dict[str, Played] = {}
    for event in events:
        if not isinstance(event, Played):
            continue
        before = last.get(event.session_id)
        if isinstance(event, PlaybackRefused) and event.reason == "superseded":
            continue  # it belongs to no session that lives, and its number is what the tab claimed
        assert event.report == (before.report + 1 if before else 1)
        last[event.session_id] = event
        if isinstance(event, PlaybackCredited):
            _check(event, before, policy)
            lesson = covered[event.enrollment_id, event.lesson_id]
            lesson |= set(range(event.from_ms, event.to_ms))
            assert event.covered_ms == len(lesson)
    return covered


def _check(event: PlaybackCredited, before: Played | None, policy: StudyPolicy) -> None:
    elapsed = (event.received_at - event.anchored_at) // timedelta(milliseconds=1)
    assert elapsed >= 0
    assert before is None or event.anchored_at >= before.received_at
    assert 0 <= event.budget_ms - elapsed <= _max_carry_ms(event, before, policy)
    assert event.to_ms - event.from_ms <= event.budget_ms


def _max_carry_ms(event: PlaybackCredited, before: Played | None, policy: StudyPolicy) -> int:
    if not isinstance(before, PlaybackCredited) or before.received_at != event.anchored_at:
        return 0
    return min(before.budget_ms - (before.to_ms - before.from_ms), policy.carry_s * 1000)
