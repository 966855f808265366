"""What a process of enrollment holds besides the common things."""

from typing import Any

from services.enrollment.settings import EnrollmentSettings
from services.enrollment.storage import Enrollments, Plans
from shared.persistence.repository import Repository
from shared.runtime import Runtime


class EnrollmentRuntime(Runtime[EnrollmentSettings]):
    """报名: both processes."""

    name = "enrollment"
    settings_class = EnrollmentSettings

    def __init__(self, settings: EnrollmentSettings) -> None:
        super().__init__(settings)
        self.plans, self.enrollments = Plans(), Enrollments()

    @property
    def repositories(self) -> tuple[Repository[Any], ...]:
        """All aggregates."""
        return (self.plans, self.enrollments)
