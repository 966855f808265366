"""A learner's own cases over HTTP: the notice, the evidence in words, and the appeal (R26)."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.enrollment.api.dependencies import RuntimeDep
from services.enrollment.domain.access import case_of
from services.enrollment.domain.case import Case, CaseStatus
from services.enrollment.domain.case_words import evidence_of, notice_of
from shared.domain.clock import utc_now
from shared.http.access import Learner, PersonId
from shared.http.paging import Page

router = APIRouter(tags=["作弊案件 cases"])


class Appeal(BaseModel):
    """申诉书."""

    statement: str = Field(min_length=10, max_length=5_000)


class OwnCaseView(BaseModel):
    """案件, as the learner sees it whom it is about; no score (R20)."""

    case_id: str
    enrollment_id: str
    status: CaseStatus
    notice: str
    evidence: list[str]
    opened_at: datetime
    reason: str | None = Field(description="Why it was dismissed or confirmed")
    barred_until: datetime | None
    appeal_until: datetime | None
    appeal_reason: str | None = Field(description="Why the appeal was won or lost")


@router.get("/own-cases")
def list_own_cases(person: PersonId, runtime: RuntimeDep, page: Page = 1) -> list[OwnCaseView]:
    """本人案件: the learner's own, the newest first, 50 a page."""
    return [_view(case) for case in runtime.cases.of_person(person, page)]


@router.get("/own-cases/{case_id}")
def get_own_case(case_id: str, who: Learner, runtime: RuntimeDep) -> OwnCaseView:
    """本人案件: the learner whom it is about."""
    return _view(runtime.cases.get(case_id, authorise=case_of(who)))


@router.post("/own-cases/{case_id}/appeal")
def appeal(case_id: str, new: Appeal, who: Learner, runtime: RuntimeDep) -> OwnCaseView:
    """申诉: once, within 15 days ⚙ of the decision. 409 case.impossible or appeal.too_late otherwise."""
    return _view(runtime.case_decisions.appeal(case_id, who, new.statement, utc_now()))


def _view(case: Case) -> OwnCaseView:
    return OwnCaseView(
        case_id=case.id,
        enrollment_id=case.enrollment_id,
        status=case.status,
        notice=notice_of(case),
        evidence=[evidence_of(fact) for fact in case.facts],
        opened_at=case.opened_at,
        reason=case.decision.reason if case.decision else None,
        barred_until=case.barred_until,
        appeal_until=case.appeal_until,
        appeal_reason=case.appeal_decision.reason if case.appeal_decision else None,
    )
