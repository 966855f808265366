"""Who sees an hours record: its learner, its organisation and, once it was reported, the province (R29)."""

from collections.abc import Callable

from services.certificate.domain.hours_record import HoursRecord
from services.certificate.domain.status import REPORTED
from shared.domain.access import Scope, only_within
from shared.domain.principal import Principal
from shared.events.terms import Role


def scope_of(principal: Principal) -> Scope:
    """The fields, each with its values, that a record has when this person may see it."""
    match principal.role:
        case Role.LEARNER:
            return {"person_id": (principal.person_id or "",)}
        case Role.ORGANISATION:
            return {"organisation": (principal.organisation or "",)}
        case Role.PROVINCE:
            return {"status": REPORTED}
    return {"person_id": ()}  # nobody else sees any


def visible_to(principal: Principal) -> Callable[[HoursRecord], None]:
    """Authorises who asks. Raises NotFound for a record that this person may not see."""
    return only_within(HoursRecord.__name__, scope_of(principal))
