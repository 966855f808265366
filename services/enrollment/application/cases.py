"""作弊案件: opened by rules, decided by people, followed by the enrolment (R26).

**Order.** The enrolment is suspended before its case can be decided on, for the case is stored after that. It
follows only the newest case, and one that was resumed is not barred by a confirmation whose event comes late.
"""

from dataclasses import dataclass
from datetime import datetime

from services.enrollment.application.reinstating import update_beside_newer
from services.enrollment.domain.access import case_of, decides_cases
from services.enrollment.domain.case import Case
from services.enrollment.domain.cheating import CheatingPolicy
from services.enrollment.storage import Cases, Enrollments
from shared.domain.principal import Principal
from shared.events.enrollment import AppealDecided, CaseConfirmed, CaseDismissed, CaseOpened
from shared.security.keyring import Erased, Keyring

SEALED_AS = "appeal"  # the context under which the statement of an appeal is sealed


@dataclass(frozen=True, kw_only=True)
class CaseDecisions:
    """What people do with cases: staff of the province, and the learner whose case it is."""

    cases: Cases
    keyring: Keyring
    policy: CheatingPolicy

    def dismiss(self, case_id: str, staff: Principal, reason: str, now: datetime) -> Case:
        """不成立. Raises NotFound, CaseImpossible, SamePerson."""
        return self.cases.update_and_get(
            case_id, lambda case: case.dismiss(staff, reason, now), authorise=decides_cases(staff)
        )

    def confirm(self, case_id: str, staff: Principal, reason: str, months: int, now: datetime) -> Case:
        """成立. Raises NotFound, CaseImpossible, SamePerson, BarTermInvalid."""
        return self.cases.update_and_get(
            case_id,
            lambda case: case.confirm(staff, reason, months, now, self.policy),
            authorise=decides_cases(staff),
        )

    def appeal(self, case_id: str, learner: Principal, statement: str, now: datetime) -> Case:
        """申诉. Raises NotFound, CaseImpossible, AppealTooLate, Erased."""
        case = self.cases.get(case_id, authorise=case_of(learner))
        sealed = self.keyring.seal_text(case.person_id, statement, SEALED_AS)
        return self.cases.update_and_get(
            case_id, lambda case: case.appeal(sealed, now, self.policy), authorise=case_of(learner)
        )

    def decide_appeal(self, case_id: str, staff: Principal, *, won: bool, reason: str, now: datetime) -> Case:
        """申诉决定. Raises NotFound, CaseImpossible, SamePerson."""
        return self.cases.update_and_get(
            case_id,
            lambda case: case.decide_appeal(staff, won=won, reason=reason, now=now),
            authorise=decides_cases(staff),
        )

    def statement_of(self, case: Case) -> str | None:
        """申诉书; none once the person has been erased (R33)."""
        if case.statement is None:
            return None
        try:
            return self.keyring.unseal_text(case.person_id, case.statement, SEALED_AS)
        except Erased:
            return None


# ---- what follows ----


def open_case(cases: Cases, enrollments: Enrollments, opened: CaseOpened, now: datetime) -> None:
    """立案: the enrolment is suspended, and then a person can decide. Raises NotFound."""
    enrollments.update(
        opened.enrollment_id, lambda enrollment: enrollment.suspend(opened.case_id, now), because=opened
    )
    cases.add(Case.of(opened), because=opened)


def resume(enrollments: Enrollments, decided: CaseDismissed | AppealDecided, now: datetime) -> None:
    """恢复学习: dismissed, or the appeal was won. Raises NotFound."""
    if isinstance(decided, AppealDecided) and not decided.won:
        return
    update_beside_newer(
        enrollments,
        decided.enrollment_id,
        lambda enrollment: enrollment.resume(decided.case_id, now),
        because=decided,
    )


def bar(enrollments: Enrollments, confirmed: CaseConfirmed, now: datetime) -> None:
    """除名. Raises NotFound."""
    enrollments.update(
        confirmed.enrollment_id, lambda enrollment: enrollment.bar(confirmed.case_id, now), because=confirmed
    )


def expire_entries(cases: Cases, now: datetime) -> None:
    """黑名单到期."""
    for case in cases.expiring(now):
        cases.update(case.id, lambda case: case.expire_entry(now))
