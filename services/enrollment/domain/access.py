"""Who sees an enrolment (R5), and who a case about it (R26)."""

from collections.abc import Callable

from services.enrollment.domain.case import Case
from services.enrollment.domain.enrollment import Enrollment
from shared.domain.access import only_where, only_within
from shared.domain.principal import Principal
from shared.events.terms import Role


def scope_of(principal: Principal) -> dict[str, str]:
    """The fields, with their values, that an enrolment has when this person may see it."""
    if principal.role is Role.LEARNER:
        return {"person_id": principal.person_id or ""}
    return {"organisation": principal.organisation or ""}


def visible_to(principal: Principal) -> Callable[[Enrollment], None]:
    """Authorises who asks. Raises NotFound for an enrolment that this person may not see."""
    return only_where(Enrollment.__name__, **scope_of(principal))


def decides_cases(principal: Principal) -> Callable[[Case], None]:
    """Authorises staff of the province; for anybody else there is no case. Raises NotFound."""
    return only_within(Case.__name__, {} if principal.role is Role.PROVINCE else {"id": ()})


def case_of(principal: Principal) -> Callable[[Case], None]:
    """Authorises the learner whom the case is about. Raises NotFound for anybody else."""
    own = principal.role is Role.LEARNER and principal.person_id
    return only_within(Case.__name__, {"person_id": (own,) if own else ()})
