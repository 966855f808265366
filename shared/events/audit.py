"""What audit (审计) publishes: what it derived from the log, by which a file is clean or not (R28, R31)."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.base import Event, event


@dataclass(frozen=True, kw_only=True)
class DerivedFault:
    """复核差异: something that was published and that the log does not bear out (R31)."""

    code: str  # the name of a rule of the auditor, as credit.wall_clock; or log_incomplete
    says: str
    event_ids: list[str]  # at most 50


@event("audit.study.derived.v1")
class StudyDerived(Event):
    """学时复核: the auditor has derived a completed study from the log alone (R28, R31).

    It is published again when later events change it; the newest counts.
    """

    enrollment_id: str
    person_id: str
    agrees: bool  # the log bears out all that was published
    compulsory_ms: int  # of completed lessons, by the auditor's own count
    elective_ms: int
    faults: list[DerivedFault]  # at most 50
    faults_left_out: int  # further ones, which the discrepancy report lists
    log_position: int  # of the last entry that was read
    head_hash: str  # of that entry
    derived_at: datetime
