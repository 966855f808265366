"""Credit counted again from the reports alone (R17, R23, R25; ADR 14).

Coverage of a lesson is a prefix of its video. Each session goes on where the one before it had come to, and
is counted by `session_credit`. Linear in the number of reports.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.audit.domain.discrepancy import Fault
from services.audit.domain.lesson_hours import LessonHours
from services.audit.domain.schedule import Lease
from services.audit.domain.session import Session
from services.audit.domain.session_credit import SessionCredit, Terms
from shared.events.enrollment import LearningOpened
from shared.events.proctor import FaceCheckPassed, Moment
from shared.events.terms import StudyPolicy


@dataclass
class Credit:
    """What was counted: lessons by id, sessions by id, and what contradicts it, by the rule that finds it."""

    lessons: dict[str, LessonHours] = field(default_factory=dict)
    sessions: dict[str, SessionCredit] = field(default_factory=dict)
    faults: defaultdict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))


def count_credit(
    sessions: Mapping[str, Iterable[Session]],
    policy: StudyPolicy,
    durations: Mapping[str, int],
    opened: LearningOpened | None,
    closes_at: datetime | None,
) -> Credit:
    """Count every lesson. `sessions`: by lesson, in the order in which they were entered."""
    credit = Credit()
    window = (max(opened.opened_at, opened.published.time), closes_at) if opened and closes_at else None
    for lesson_id, entered in sessions.items():
        lesson = credit.lessons.setdefault(
            lesson_id, LessonHours(lesson_id, duration_ms=durations.get(lesson_id))
        )
        earlier: list[FaceCheckPassed] = []
        for session in entered:
            if lesson.duration_ms is None and session.entered:
                lesson.duration_ms = session.entered.duration_ms
            terms = Terms(policy, lesson.duration_ms or 0, window)
            counted = SessionCredit(session, Lease.of(session, earlier), lesson, terms, credit.faults)
            counted.count()
            credit.sessions[session.id] = counted
            if (passed := session.passed(Moment.UNFORESEEN)) is not None:
                earlier.append(passed)
    return credit
