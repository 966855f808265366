"""行为档案: what was noted in the play sessions of one enrolment, until it is a case (R26)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.enrollment.domain.cheating import CheatingPolicy, SessionNotes, facts_of, total
from services.enrollment.domain.records import Record
from shared.domain.aggregate import Aggregate
from shared.events.enrollment import CaseOpened

MAX_SESSIONS = 300  # the newest, in which something was noted


@dataclass(kw_only=True)
class Conduct(Aggregate):
    """行为档案 of an enrolment."""

    enrollment_id: str
    person_id: str
    sessions: dict[str, SessionNotes] = field(default_factory=dict)
    cases: int = 0
    case_id: str | None = None  # which is not decided, or was confirmed
    judged_until: datetime | None = None  # what was before was looked at by a person, and is no cheating

    @classmethod
    def of(cls, record: Record) -> "Conduct":
        """The conduct that a record belongs to, with nothing in it yet."""
        return cls(
            id=id_of(record.enrollment_id), enrollment_id=record.enrollment_id, person_id=record.person_id
        )

    def note(self, record: Record, policy: CheatingPolicy) -> None:
        """记录: once enough has come together within the window, a case opens (R26)."""
        if self.judged_until is not None and record.notes.at <= self.judged_until:
            return
        known = self.sessions.get(record.session_id)
        self.sessions[record.session_id] = known.joined(record.notes) if known else record.notes
        self._forget_old(policy.window)
        self._open_case(policy, record.notes.at)

    def settle(self, case_id: str, judged_until: datetime) -> None:
        """不成立: a person has looked at everything until then; only what comes later counts again."""
        if case_id != self.case_id:
            return
        self.case_id, self.judged_until = None, judged_until
        self.sessions = {id: notes for id, notes in self.sessions.items() if notes.at > judged_until}

    def _forget_old(self, window: timedelta) -> None:
        newest_first = sorted(self.sessions.items(), key=lambda item: item[1].at, reverse=True)
        begins_at = newest_first[0][1].at - window
        self.sessions = {id: notes for id, notes in newest_first[:MAX_SESSIONS] if notes.at > begins_at}

    def _open_case(self, policy: CheatingPolicy, now: datetime) -> None:
        facts = facts_of(self.sessions, policy)
        if self.case_id is not None or total(facts) < policy.threshold:
            return
        self.cases += 1
        self.case_id = f"case-{self.enrollment_id}-{self.cases}"
        self.record(
            CaseOpened(
                case_id=self.case_id,
                enrollment_id=self.enrollment_id,
                person_id=self.person_id,
                points=total(facts),
                threshold=policy.threshold,
                facts=facts,
                decide_by=now + timedelta(hours=policy.decide_hours),
            )
        )


def id_of(enrollment_id: str) -> str:
    """The id of an enrolment's conduct, which is a subject of events of its own."""
    return f"conduct-{enrollment_id}"
