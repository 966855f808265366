"""What a process of enrollment holds besides the common things."""

from functools import cached_property

from services.enrollment.adapters.health import HealthProbe
from services.enrollment.application.declarations import Declarations
from services.enrollment.settings import EnrollmentSettings
from services.enrollment.storage import SERVICE, Enrollments, HealthWatches, Outages, Plans
from shared.runtime import Runtime
from shared.security.receipts import receipt_verifier


class EnrollmentRuntime(Runtime[EnrollmentSettings]):
    """报名: both processes."""

    name = SERVICE
    settings_class = EnrollmentSettings

    def __init__(self, settings: EnrollmentSettings) -> None:
        super().__init__(settings)
        self.plans, self.enrollments = Plans(), Enrollments()
        self.outages, self.health_watches = Outages(), HealthWatches()

    @cached_property
    def declarations(self) -> Declarations:
        """个人申报."""
        return Declarations(
            plans=self.plans,
            enrollments=self.enrollments,
            keyring=self.keyring,
            read_receipt=receipt_verifier(self.settings.receipt_public_key),
        )

    @cached_property
    def health_probe(self) -> HealthProbe:
        """系统监测."""
        return HealthProbe(self.settings.components)
