"""Who may see an hours record: its learner, its organisation and, once it was reported, the province."""

from collections.abc import Callable

from services.certificate.domain.hours_record import HoursRecord
from services.certificate.domain.status import REPORTED
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.terms import Role


def visible_to(principal: Principal) -> Callable[[HoursRecord], None]:
    """Authorises who asks. Raises NotFound: for others the record does not exist."""

    def check(record: HoursRecord) -> None:
        if not _sees(principal, record):
            raise NotFound(what=HoursRecord.__name__)

    return check


def _sees(principal: Principal, record: HoursRecord) -> bool:
    match principal.role:
        case Role.LEARNER:
            return record.person_id == principal.person_id
        case Role.ORGANISATION:
            return record.organisation == principal.organisation
        case Role.PROVINCE:
            return record.status in REPORTED
    return False
