"""作弊案件: opened by rules, decided by a person, and by another one after an appeal (R26)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict

from services.enrollment.domain.case_errors import (
    AppealTooLate,
    BarTermInvalid,
    CaseImpossible,
    SamePerson,
)
from services.enrollment.domain.cheating import CheatingPolicy
from services.enrollment.domain.window import months_later
from shared.domain.aggregate import Aggregate
from shared.domain.principal import Principal
from shared.events.enrollment import (
    AppealDecided,
    AppealFiled,
    BlacklistEntryExpired,
    CaseConfirmed,
    CaseDismissed,
    CaseFact,
    CaseOpened,
)


class CaseStatus(StrEnum):
    """案件状态."""

    OPEN = "open"  # 待处理
    DISMISSED = "dismissed"  # 不成立
    CONFIRMED = "confirmed"  # 成立, 已列入黑名单
    APPEALED = "appealed"  # 申诉中
    UPHELD = "upheld"  # 申诉驳回
    OVERTURNED = "overturned"  # 申诉成立


AWAITED = (CaseStatus.OPEN, CaseStatus.APPEALED)  # a person has to decide
BARRING = (CaseStatus.CONFIRMED, CaseStatus.APPEALED, CaseStatus.UPHELD)


class CaseIds(TypedDict):
    """What every event of a case carries."""

    case_id: str
    enrollment_id: str
    person_id: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """决定: who decided what, why and when."""

    decided_by: str  # account
    reason: str
    decided_at: datetime


@dataclass(kw_only=True)
class Case(Aggregate):
    """作弊案件, with the evidence that it rests on; confirmed, it is the entry on the blacklist."""

    enrollment_id: str
    person_id: str
    points: int
    facts: list[CaseFact]
    opened_at: datetime
    status: CaseStatus = CaseStatus.OPEN
    due_at: datetime | None = None  # the target for the decision that is awaited
    decision: Decision | None = None
    barred_until: datetime | None = None
    expired_at: datetime | None = None  # the entry on the blacklist
    appeal_until: datetime | None = None
    statement: str | None = None  # of the appeal, sealed with the person's key, context "appeal"
    appeal_decision: Decision | None = None

    @classmethod
    def of(cls, opened: CaseOpened) -> "Case":
        """立案."""
        return cls(
            id=opened.case_id,
            enrollment_id=opened.enrollment_id,
            person_id=opened.person_id,
            points=opened.points,
            facts=list(opened.facts),
            opened_at=opened.published.time,
            due_at=opened.decide_by,
        )

    def dismiss(self, staff: Principal, reason: str, now: datetime) -> None:
        """不成立: the enrolment goes on. Raises CaseImpossible, SamePerson."""
        self._decide(staff, reason, now)
        self.status = CaseStatus.DISMISSED
        self.record(CaseDismissed(**self._ids, decided_by=staff.account_id, reason=reason))

    def confirm(
        self, staff: Principal, reason: str, months: int, now: datetime, policy: CheatingPolicy
    ) -> None:
        """成立 → on the blacklist for so many months. Raises CaseImpossible, SamePerson, BarTermInvalid."""
        if not policy.least_months <= months <= policy.most_months:
            raise BarTermInvalid(least=policy.least_months, most=policy.most_months)
        self._decide(staff, reason, now)
        self.status = CaseStatus.CONFIRMED
        self.barred_until = months_later(now, months)
        self.appeal_until = now + timedelta(days=policy.appeal_days)
        self.record(
            CaseConfirmed(
                **self._ids,
                decided_by=staff.account_id,
                reason=reason,
                barred_until=self.barred_until,
                appeal_until=self.appeal_until,
            )
        )

    def appeal(self, statement: str, now: datetime, policy: CheatingPolicy) -> None:
        """申诉, once and in time; `statement` is sealed. Raises CaseImpossible, AppealTooLate."""
        self._only_in(CaseStatus.CONFIRMED)
        assert self.appeal_until is not None
        if now > self.appeal_until:
            raise AppealTooLate(appeal_until=self.appeal_until)
        self.status, self.statement = CaseStatus.APPEALED, statement
        self.due_at = now + timedelta(hours=policy.appeal_hours)
        self.record(AppealFiled(**self._ids, statement=statement, decide_by=self.due_at))

    def decide_appeal(self, staff: Principal, *, won: bool, reason: str, now: datetime) -> None:
        """申诉决定, by somebody else than who confirmed. Raises CaseImpossible, SamePerson."""
        self._only_in(CaseStatus.APPEALED)
        assert self.decision is not None
        if staff.account_id == self.decision.decided_by:
            raise SamePerson()
        self._not_the_learner(staff)
        self.status, self.due_at = (CaseStatus.OVERTURNED if won else CaseStatus.UPHELD), None
        self.appeal_decision = Decision(decided_by=staff.account_id, reason=reason, decided_at=now)
        self.record(AppealDecided(**self._ids, decided_by=staff.account_id, won=won, reason=reason))

    def expire_entry(self, now: datetime) -> None:
        """黑名单到期: its time is over; again, or before, nothing happens."""
        until = self.barred_until
        if self.status in BARRING and self.expired_at is None and until is not None and until <= now:
            self.expired_at = now
            self.record(BlacklistEntryExpired(**self._ids, barred_until=until))

    def is_overdue(self, now: datetime) -> bool:
        """Whether the target for the decision that is awaited has passed."""
        return self.status in AWAITED and self.due_at is not None and self.due_at < now

    # ---- inside ----

    @property
    def _ids(self) -> CaseIds:
        return {"case_id": self.id, "enrollment_id": self.enrollment_id, "person_id": self.person_id}

    def _decide(self, staff: Principal, reason: str, now: datetime) -> None:
        self._only_in(CaseStatus.OPEN)
        self._not_the_learner(staff)
        self.decision, self.due_at = (
            Decision(decided_by=staff.account_id, reason=reason, decided_at=now),
            None,
        )

    def _not_the_learner(self, staff: Principal) -> None:
        if staff.person_id == self.person_id:
            raise SamePerson()

    def _only_in(self, status: CaseStatus) -> None:
        if self.status is not status:
            raise CaseImpossible(status=self.status.value)
