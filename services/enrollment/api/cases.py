"""Cases of cheating over HTTP, for staff of the province: who decides, and who is on the blacklist (R26)."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.enrollment.api.dependencies import RuntimeDep
from services.enrollment.domain.access import decides_cases
from services.enrollment.domain.case import Case, CaseStatus
from services.enrollment.runtime import EnrollmentRuntime
from shared.domain.clock import utc_now
from shared.http.access import ProvinceStaff
from shared.http.paging import Page
from shared.http.reasons import Reason

router = APIRouter(tags=["作弊案件 cases"])


class Confirmation(Reason):
    """案件成立: why, and for how many months ⚙ (6–36)."""

    months: int = Field(ge=1, le=1_200)


class AppealDecision(Reason):
    """申诉决定."""

    won: bool


class FactView(BaseModel):
    """案件事实: what was noted in one play session, and the events that show it."""

    session_id: str
    lesson_id: str
    noted_at: datetime
    counts: dict[str, int]
    points: int
    event_ids: list[str]


class DecisionView(BaseModel):
    """决定."""

    decided_by: str
    reason: str
    decided_at: datetime


class CaseSummary(BaseModel):
    """案件, in a list."""

    case_id: str
    enrollment_id: str
    person_id: str
    status: CaseStatus
    points: int
    opened_at: datetime
    due_at: datetime | None = Field(description="The target for the decision that is awaited")
    overdue: bool
    barred_until: datetime | None


class CaseView(CaseSummary):
    """案件, with its evidence."""

    facts: list[FactView]
    decision: DecisionView | None
    appeal_until: datetime | None
    statement: str | None
    appeal_decision: DecisionView | None
    expired_at: datetime | None


class BlacklistView(BaseModel):
    """黑名单 entry."""

    case_id: str
    person_id: str
    reason: str
    barred_from: datetime
    barred_until: datetime


@router.get("/cases")
def list_cases(
    who: ProvinceStaff,
    runtime: RuntimeDep,
    status: CaseStatus | None = None,
    overdue: bool = False,
    page: Page = 1,
) -> list[CaseSummary]:
    """案件列表: the province; the most urgent first, 50 a page. `overdue`: past the target for a decision."""
    now = utc_now()
    found = runtime.cases.search(page, status=status, overdue_at=now if overdue else None)
    return [_summary(case, now) for case in found]


@router.get("/cases/{case_id}")
def get_case(case_id: str, who: ProvinceStaff, runtime: RuntimeDep) -> CaseView:
    """案件 with its evidence: the province."""
    return _view(runtime, runtime.cases.get(case_id, authorise=decides_cases(who)))


@router.post("/cases/{case_id}/dismissal")
def dismiss(case_id: str, why: Reason, who: ProvinceStaff, runtime: RuntimeDep) -> CaseView:
    """案件不成立: the enrolment goes on. 409 case.impossible unless the case is open."""
    return _view(runtime, runtime.case_decisions.dismiss(case_id, who, why.reason, utc_now()))


@router.post("/cases/{case_id}/confirmation")
def confirm(case_id: str, why: Confirmation, who: ProvinceStaff, runtime: RuntimeDep) -> CaseView:
    """案件成立: the learner is on the blacklist. 409 case.impossible unless the case is open."""
    decisions = runtime.case_decisions
    return _view(runtime, decisions.confirm(case_id, who, why.reason, why.months, utc_now()))


@router.post("/cases/{case_id}/appeal-decision")
def decide_appeal(
    case_id: str, decision: AppealDecision, who: ProvinceStaff, runtime: RuntimeDep
) -> CaseView:
    """申诉决定. 403 case.same_person for who has confirmed; 409 case.impossible without an appeal."""
    decided = runtime.case_decisions.decide_appeal(
        case_id, who, won=decision.won, reason=decision.reason, now=utc_now()
    )
    return _view(runtime, decided)


@router.get("/blacklist")
def list_blacklist(who: ProvinceStaff, runtime: RuntimeDep, page: Page = 1) -> list[BlacklistView]:
    """继续教育黑名单: the entries in force, the first to end first; 50 a page."""
    return [_entry(case) for case in runtime.cases.in_force(page, utc_now())]


def _summary(case: Case, now: datetime) -> CaseSummary:
    return CaseSummary.model_validate(vars(case) | {"case_id": case.id, "overdue": case.is_overdue(now)})


def _view(runtime: EnrollmentRuntime, case: Case) -> CaseView:
    more = {
        "case_id": case.id,
        "overdue": case.is_overdue(utc_now()),
        "facts": [vars(fact) for fact in case.facts],
        "decision": vars(case.decision) if case.decision else None,
        "appeal_decision": vars(case.appeal_decision) if case.appeal_decision else None,
        "statement": runtime.case_decisions.statement_of(case),
    }
    return CaseView.model_validate(vars(case) | more)


def _entry(case: Case) -> BlacklistView:
    assert case.decision is not None
    assert case.barred_until is not None
    return BlacklistView(
        case_id=case.id,
        person_id=case.person_id,
        reason=case.decision.reason,
        barred_from=case.decision.decided_at,
        barred_until=case.barred_until,
    )
