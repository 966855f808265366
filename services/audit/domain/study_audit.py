"""学时复核: what the auditor has said of one completed study, and when it looks at it again (R28, R31)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.audit.domain.chain import Head
from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.hours import Hours
from shared.domain.aggregate import Aggregate
from shared.events.audit import DerivedFault, StudyDerived
from shared.events.terms import LessonKind

CLAIM = timedelta(seconds=60)  # a process that derives a study has it for so long; after that another one may
RETRY = timedelta(seconds=15)  # when something is missing that may be on its way
MAX_FAULTS = 50  # that are published; the discrepancy report has all of them
MAX_IDS = 50  # of events of one fault


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """⚙ What is on its way to the log is waited for, from when the end of the study was found in it."""

    settle: timedelta = timedelta(seconds=60)  # a dispute is published no earlier
    deadline: timedelta = timedelta(minutes=5)  # then what stands is published


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A derivation from the log up to `head`; `gaps`: what the log lacked and might still come."""

    hours: Hours
    gaps: list[Discrepancy]
    head: Head


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was published last."""

    agrees: bool
    compulsory_ms: int
    elective_ms: int
    faults: list[DerivedFault]
    faults_left_out: int


@dataclass(kw_only=True)
class StudyAudit(Aggregate):
    """学时复核; its id is the enrolment's. It exists once the log holds the end of the study."""

    person_id: str
    known_at: datetime  # when the end of the study was found in the log
    due_at: datetime | None  # when it is to be derived; None: nothing has come since it was
    found_at: int  # position of the newest entry that calls for a derivation
    decided: bool = False  # somebody stands for the hours, or the enrolment has ended: it is derived no more
    outcome: Outcome | None = None

    @classmethod
    def of(cls, enrollment_id: str, person_id: str, position: int, now: datetime) -> "StudyAudit":
        """The log holds the end of the study, at this position."""
        return cls(id=enrollment_id, person_id=person_id, known_at=now, due_at=now, found_at=position)

    def find(self, position: int, now: datetime, *, decided: bool | None = None) -> None:
        """An entry of this study, or of its person, was found in the log.

        `decided`: whether it says that somebody has decided, or sent it back; then it is derived again.
        """
        if position <= self.found_at or (self.decided and decided is None):
            return
        self.found_at, self.due_at = position, now
        self.decided = self.decided if decided is None else decided

    def claim(self, now: datetime) -> bool:
        """Whether the process that asks may derive it; for a minute no other may."""
        if self.due_at is None or self.due_at > now:
            return False
        self.due_at = now + CLAIM
        return True

    def conclude(self, derived: Derived, now: datetime, waiting: Waiting) -> bool:
        """Publish what was derived, or wait for what may be on its way; whether it is settled for now."""
        newer = self.found_at > derived.head.position
        if not newer and (again := self._look_again(derived, now, waiting)):
            self.due_at = again
            return False
        self.due_at = now if newer else None
        outcome = _outcome(derived)
        if not newer and outcome != self.outcome:
            self.outcome = outcome
            self.record(
                StudyDerived(
                    enrollment_id=self.id,
                    person_id=self.person_id,
                    **vars(outcome),
                    log_position=derived.head.position,
                    head_hash=derived.head.hash,
                    derived_at=now,
                )
            )
        return not newer

    def is_overdue(self, now: datetime, waiting: Waiting) -> bool:
        """Whether nothing is waited for any more."""
        return now >= self.known_at + waiting.deadline

    def _look_again(self, derived: Derived, now: datetime, waiting: Waiting) -> datetime | None:
        """When to derive again; None: now is the time to publish."""
        if self.is_overdue(now, waiting):
            return None
        if derived.gaps:
            return min(now + RETRY, self.known_at + waiting.deadline)
        settled = self.known_at + waiting.settle
        return settled if derived.hours.discrepancies and now < settled else None


def _outcome(derived: Derived) -> Outcome:
    hours, found = derived.hours, list(derived.hours.discrepancies)
    named = {event_id for fault in found for event_id in fault.event_ids}
    found += [gap for gap in derived.gaps if not named.issuperset(gap.event_ids)]
    return Outcome(
        agrees=not found,
        compulsory_ms=hours.total_ms(LessonKind.COMPULSORY, completed_only=True),
        elective_ms=hours.total_ms(LessonKind.ELECTIVE, completed_only=True),
        faults=_faults(found[:MAX_FAULTS]),
        faults_left_out=max(0, len(found) - MAX_FAULTS),
    )


def _faults(found: Sequence[Discrepancy]) -> list[DerivedFault]:
    return [
        DerivedFault(code=fault.code, says=fault.message, event_ids=fault.event_ids[:MAX_IDS])
        for fault in found
    ]
