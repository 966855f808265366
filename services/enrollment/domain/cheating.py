"""作弊判定: from records to points, and when they are enough that a person must look (R26).

A record is a refused position report, a face check that was failed, or a request for review. What an honest
learner on a bad line, with two tabs or in a dark room cannot avoid weighs nothing: reports out of order,
after the end or before a check, silence, a check that was missed, a face that could not be judged. What a
player never does by itself weighs a few points each; some of them a session are forgiven, and no session
counts for more than a part of the threshold. So a case always rests on several sessions within the window;
what is older has decayed to nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.events.enrollment import CaseFact

LEAST_SESSIONS = 3  # on which a case rests
WEIGHED = {
    *("seek_ahead", "too_fast", "wrong_rate", "impossible", "check_pending"),
    *("mismatch", "spoof", "not_live", "several_faces", "left", "review"),
}


class PolicyInvalid(Exception):
    """判定规则有误: a figure outside its bounds."""


@dataclass(frozen=True, kw_only=True)
class CheatingPolicy:
    """判定规则 ⚙: weights, thresholds and terms of R26. Raises PolicyInvalid for what is out of bounds."""

    report_points: Mapping[str, int] = field(
        default_factory=lambda: {"seek_ahead": 3, "too_fast": 3, "wrong_rate": 3, "impossible": 3}
    )
    check_points: Mapping[str, int] = field(
        default_factory=lambda: {"mismatch": 4, "spoof": 15, "not_live": 2, "left": 1, "review": 10}
    )
    forgiven: int = 6  # points of refused reports in each session; four in a row end one that only cheats
    session_most: int = 40  # points that one session counts for
    threshold: int = 100  # points at which a case opens
    window_days: int = 30
    decide_hours: int = 72  # the target for a decision
    appeal_days: int = 15  # in which an appeal can be made
    appeal_hours: int = 168  # the target for its decision
    least_months: int = 6  # on the blacklist
    most_months: int = 36

    def __post_init__(self) -> None:
        """Raises PolicyInvalid."""
        weights = [*self.report_points.items(), *self.check_points.items()]
        bounds = {
            "points": all(kind in WEIGHED and 0 <= weight <= self.session_most for kind, weight in weights),
            "forgiven": 0 <= self.forgiven <= self.threshold,
            "session_most": 0 < self.session_most < self.threshold / (LEAST_SESSIONS - 1),
            "threshold": self.threshold <= 10_000,
            "window_days": 1 <= self.window_days <= 180,
            "decide_hours": 1 <= self.decide_hours <= 720,
            "appeal_days": 5 <= self.appeal_days <= 90,
            "appeal_hours": 1 <= self.appeal_hours <= 1_440,
            "months": 6 <= self.least_months <= self.most_months <= 120,
        }
        if wrong := [name for name, holds in bounds.items() if not holds]:
            raise PolicyInvalid(", ".join(wrong))

    @property
    def window(self) -> timedelta:
        """How long a record counts."""
        return timedelta(days=self.window_days)

    def weighs(self, kind: str) -> bool:
        """Whether records of this kind count for anything."""
        return bool(self.report_points.get(kind) or self.check_points.get(kind))


@dataclass(frozen=True, kw_only=True)
class SessionNotes:
    """会话记录: what was noted about one play session; `at` is the newest of it."""

    lesson_id: str
    at: datetime
    counts: dict[str, int]
    event_ids: list[str]

    def joined(self, other: "SessionNotes") -> "SessionNotes":
        """Both together, in whichever order they came."""
        return SessionNotes(
            lesson_id=self.lesson_id,
            at=max(self.at, other.at),
            counts=dict(Counter(self.counts) + Counter(other.counts)),
            event_ids=[*self.event_ids, *other.event_ids][:MAX_EVENT_IDS],
        )


MAX_EVENT_IDS = 50  # that a session keeps as evidence


def points_of(notes: SessionNotes, policy: CheatingPolicy) -> int:
    """What a session counts for."""
    reports = sum(policy.report_points.get(kind, 0) * count for kind, count in notes.counts.items())
    checks = sum(policy.check_points.get(kind, 0) * count for kind, count in notes.counts.items())
    return min(max(0, reports - policy.forgiven) + checks, policy.session_most)


def facts_of(sessions: Mapping[str, SessionNotes], policy: CheatingPolicy) -> list[CaseFact]:
    """The sessions that count for something, the oldest first: the evidence of a case."""
    found = [
        CaseFact(
            session_id=session_id,
            lesson_id=notes.lesson_id,
            noted_at=notes.at,
            counts={kind: count for kind, count in notes.counts.items() if policy.weighs(kind)},
            points=points,
            event_ids=list(notes.event_ids),
        )
        for session_id, notes in sessions.items()
        if (points := points_of(notes, policy))
    ]
    return sorted(found, key=lambda fact: (fact.noted_at, fact.session_id))


def total(facts: Iterable[CaseFact]) -> int:
    """Points of all."""
    return sum(fact.points for fact in facts)
