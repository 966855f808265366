"""Enrollment's collections in MongoDB."""

from services.enrollment.storage.database import SERVICE
from services.enrollment.storage.enrollments import Enrollments
from services.enrollment.storage.outages import HealthWatches, Outages
from services.enrollment.storage.plans import Plans

__all__ = ["SERVICE", "Enrollments", "HealthWatches", "Outages", "Plans"]
