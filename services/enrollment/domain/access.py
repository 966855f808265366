"""Who sees an enrolment: its learner, and staff of its organisation (R5)."""

from collections.abc import Callable

from services.enrollment.domain.enrollment import Enrollment
from shared.domain.access import only_where
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
