"""Finds completed studies in the log, derives each, and publishes what came of it (R28, R31).

Finding and deriving are apart: one process searches the log, by lease, however many derive. A cursor says how
far it was searched; what a crash repeats has no second effect. One study is in memory at a time.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from prometheus_client import Counter, Gauge

from services.audit.application.hours import study_events
from services.audit.application.pacing import uncollected
from services.audit.domain import Discrepancy, Head, Hours, derive_hours
from services.audit.domain.readiness import log_gaps
from services.audit.domain.study_audit import Derived, StudyAudit, Waiting
from services.audit.storage import Cursor, EventLog, StudyAudits
from services.audit.storage.event_log import Mark
from shared.crash_points import crash_point
from shared.domain.clock import Clock, utc_now
from shared.events.base import Event
from shared.events.certificate import HoursConfirmed, ProvinceRejected
from shared.events.enrollment import DeclarationWithdrawn
from shared.events.learning import StudyCompleted
from shared.persistence.lease import Lease

logger = structlog.get_logger()
Derivation = Callable[[str, list[Event], datetime | None], Hours]
AT_ONCE = 10_000  # entries that are searched in one step
CHOICE = 50  # of those that wait longest, each process takes any: they do not race for the same one
OWN = "audit."  # what the auditor itself has published says nothing about a study
DECIDED = {HoursConfirmed.TYPE: True, DeclarationWithdrawn.TYPE: True, ProvinceRejected.TYPE: False}
DERIVED = Counter("xueshi_audit_derived_total", "Studies that this process has derived", ["outcome"])
BEHIND = Gauge("xueshi_audit_behind", "Entries of the log that were not yet searched for completed studies")


class StudyFinder:
    """Searches the log for completed studies and for what comes later of theirs."""

    def __init__(
        self, log: EventLog, cursor: Cursor, studies: StudyAudits, lease: Lease, clock: Clock = utc_now
    ) -> None:
        self._log, self._cursor, self._studies = log, cursor, studies
        self._lease, self._clock = lease, clock

    def run(self) -> int:
        """Search all that is new; how many entries that was. 0 also while another process searches."""
        searched = 0
        while self._lease.held() and (marks := self._log.marks(self._cursor.position(), AT_ONCE)):
            self._take(marks)
            crash_point("studies-found")
            self._cursor.advance(marks[-1].position)
            searched += len(marks)
            BEHIND.set(max(0, self._log.head().position - marks[-1].position))
        return searched

    def _take(self, marks: Sequence[Mark]) -> None:
        marks = [mark for mark in marks if not (mark.type or "").startswith(OWN)]
        for mark in marks:
            if mark.type == StudyCompleted.TYPE and mark.enrollment_id and mark.person_id:
                self._begin(mark.enrollment_id, mark.person_id, mark.position)
        newest: dict[str, int] = {}
        decided: dict[str, bool] = {}
        for mark in marks:
            newest |= {id: mark.position for id in (mark.enrollment_id, mark.person_id) if id}
            if mark.type in DECIDED and mark.enrollment_id:
                decided[mark.enrollment_id] = DECIDED[mark.type]
        ids = list(newest)
        for enrollment_id, person_id in self._studies.known(ids, ids):
            position = max(newest.get(enrollment_id, 0), newest.get(person_id, 0))
            self._find(enrollment_id, position, decided.get(enrollment_id))

    def _begin(self, enrollment_id: str, person_id: str, position: int) -> None:
        now = self._clock()
        new = StudyAudit.of(enrollment_id, person_id, position, now)
        self._studies.upsert(new, lambda study: study.find(position, now))

    def _find(self, enrollment_id: str, position: int, decided: bool | None) -> None:
        now = self._clock()
        self._studies.update(enrollment_id, lambda study: study.find(position, now, decided=decided))


class StudyDeriver:
    """Derives the studies that are due, one after the other."""

    def __init__(
        self,
        log: EventLog,
        studies: StudyAudits,
        waiting: Waiting,
        clock: Clock = utc_now,
        derive: Derivation = derive_hours,
    ) -> None:
        self._log, self._studies, self._waiting = log, studies, waiting
        self._clock, self._derive_hours = clock, derive

    def run(self, limit: int) -> int:
        """Derive at most so many; how many were."""
        done = 0
        while done < limit and (study := self._claim()):
            self._derive(study)
            done += 1
        return done

    def _claim(self) -> StudyAudit | None:
        """One that no other process derives at present."""
        now = self._clock()
        due = self._studies.due(now, CHOICE)
        random.shuffle(due)
        for enrollment_id in due:
            if self._studies.update(enrollment_id, lambda study: study.claim(now)):
                return self._studies.get(enrollment_id)
        return None

    def _derive(self, study: StudyAudit) -> None:
        now, head = self._clock(), self._log.head()
        derived = self._derived(study, head)
        crash_point("study-derived")
        settled = self._studies.update(study.id, lambda study: study.conclude(derived, now, self._waiting))
        outcome = "waits" if not settled else "agrees" if derived.hours.match else "disputes"
        DERIVED.labels(outcome).inc()
        if outcome == "disputes":
            logger.warning("audit.disputed", enrollment_id=study.id, faults=len(derived.hours.discrepancies))

    def _derived(self, study: StudyAudit, head: Head) -> Derived:
        """What may be on its way is a gap until the deadline; then it is missing."""
        now = self._clock()
        on_its_way = None if study.is_overdue(now, self._waiting) else now
        with uncollected():
            events = study_events(self._log, study.id, head)
            hours = self._hours(study.id, events, on_its_way)
            return Derived(hours=hours, gaps=[*hours.awaited, *log_gaps(study.id, events)], head=head)

    def _hours(self, enrollment_id: str, events: list[Event], now: datetime | None) -> Hours:
        """A log on which the derivation itself fails is a dispute: a person looks, nobody else waits."""
        try:
            return self._derive_hours(enrollment_id, events, now)
        except Exception as error:
            logger.exception("audit.derivation_failed", enrollment_id=enrollment_id)
            says = f"The derivation failed 复核失败: {type(error).__name__}"
            return Hours(enrollment_id, discrepancies=[Discrepancy("derivation_failed", says, [])])
