"""Rules of enrolment: plans with seats (R1), declarations and their states (R2–R10)."""

from services.enrollment.domain.enrollment import Enrollment, Status
from services.enrollment.domain.id_number import check_id_number
from services.enrollment.domain.personal import PersonalData
from services.enrollment.domain.plan import Plan

__all__ = ["Enrollment", "PersonalData", "Plan", "Status", "check_id_number"]
