"""Study hours derived again from the log alone, and compared with what was published (R22–R24, R28, R31).

An implementation of its own on purpose: see docs/adr/0005-auditor-derives-hours-itself.md.
"""

from collections.abc import Iterable
from datetime import datetime

from services.audit.domain.facts import Facts
from services.audit.domain.hours import Hours
from services.audit.domain.lesson_hours import LessonHours
from services.audit.domain.rules import RULES
from services.audit.domain.times import PATIENCE
from shared.events.base import Event
from shared.events.learning import LessonCompleted, PlaybackRecorded


def derive_hours(enrollment_id: str, events: Iterable[Event], now: datetime | None = None) -> Hours:
    """Count an enrolment's credit again, and judge it by every rule of `docs/audit-rules.md`.

    `events`: published events in the order of the log: of the enrolment, of its person (other enrolments too:
    a person has one wall clock), of its sessions (JobQueued names only the session that it is about) and the
    publication of its course. What does not concern it is ignored. `now`: what rests on events that are
    younger than an event's transit is `awaited`, and no discrepancy yet: what clears it up may be on its way.
    Without it, nothing is.
    """
    facts = Facts(enrollment_id, events)
    policy = facts.opened.policy if facts.opened else None
    hours = Hours(enrollment_id, person_id=facts.person_id, policy=policy)
    _count(hours, facts)
    facts.hours = hours
    for rule in sorted(RULES.values(), key=lambda rule: rule.last):
        for fault in rule.check(facts):
            is_fresh = now is not None and now < fault.newest + PATIENCE
            (hours.awaited if is_fresh else hours.discrepancies).append(fault.under(rule.name))
    return hours


def _count(hours: Hours, facts: Facts) -> None:
    """Every lesson of the course that is for this learner, and of the log; what is covered by now is pending
    no more."""
    for published in facts.lessons:
        id, kind = published.lesson_id, published.kind
        counted = facts.credit.lessons.get(id) or LessonHours(id, duration_ms=published.duration_ms)
        counted.kind, hours.lessons[id] = kind, counted
    hours.lessons |= {id: counted for id, counted in facts.credit.lessons.items() if id not in hours.lessons}
    for completed in facts.own(LessonCompleted):
        lesson = hours.lessons.setdefault(completed.lesson_id, LessonHours(completed.lesson_id))
        lesson.completed, lesson.kind = True, lesson.kind or completed.kind
    for lesson in hours.lessons.values():
        lesson.pending = [claim for claim in lesson.pending if claim.to_ms > lesson.credited_ms]
    left_out = sum(batch.refusals_left_out for batch in facts.own(PlaybackRecorded))
    hours.refused_reports = left_out + sum(len(lesson.refused) for lesson in hours.lessons.values())
