"""Enrollment's collections in MongoDB."""

from services.enrollment.storage.cases import Cases, Conducts
from services.enrollment.storage.database import SERVICE
from services.enrollment.storage.enrollments import Enrollments
from services.enrollment.storage.outages import HealthWatches, Outages
from services.enrollment.storage.plans import Plans

__all__ = ["SERVICE", "Cases", "Conducts", "Enrollments", "HealthWatches", "Outages", "Plans"]
