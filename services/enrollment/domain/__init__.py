"""Rules of enrolment: plans with seats (R1), declarations and their states (R2–R10)."""

from services.enrollment.domain.enrollment import Enrollment
from services.enrollment.domain.id_number import check_id_number
from services.enrollment.domain.personal import PersonalData
from services.enrollment.domain.plan import Mode, Plan, PlanTerms
from services.enrollment.domain.status import Status

__all__ = ["Enrollment", "Mode", "PersonalData", "Plan", "PlanTerms", "Status", "check_id_number"]
