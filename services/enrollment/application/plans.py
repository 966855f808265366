"""培训计划: what organisations offer (R1)."""

import secrets

from services.enrollment.domain import Plan, PlanTerms
from services.enrollment.storage import Plans
from shared.domain.principal import Forbidden, Principal


def publish(plans: Plans, terms: PlanTerms, principal: Principal) -> Plan:
    """发布: by staff, for their own organisation. Raises Forbidden for staff of none, PlanInvalid."""
    if not principal.organisation:
        raise Forbidden()
    plan = Plan(id=secrets.token_hex(16), organisation=principal.organisation, **vars(terms))
    plan.publish()
    return plans.add(plan)
