"""培训计划: what organisations offer (R1)."""

from services.enrollment.domain import Plan
from services.enrollment.storage import Plans
from shared.domain.principal import Forbidden, Principal


def publish(plans: Plans, plan: Plan, principal: Principal) -> Plan:
    """发布: by staff, for their own organisation. Raises Forbidden, PlanInvalid."""
    if not principal.organisation or plan.organisation != principal.organisation:
        raise Forbidden()
    plan.publish()
    return plans.add(plan)
