"""What a process of enrollment holds besides the common things."""

from functools import cached_property

from services.enrollment.adapters.health import HealthProbe
from services.enrollment.application.cases import CaseDecisions
from services.enrollment.application.declarations import Declarations
from services.enrollment.domain.cheating import CheatingPolicy
from services.enrollment.settings import EnrollmentSettings
from services.enrollment.storage import SERVICE, Cases, Conducts, Enrollments, HealthWatches, Outages, Plans
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
        self.conducts, self.cases = Conducts(), Cases()

    @cached_property
    def declarations(self) -> Declarations:
        """个人申报."""
        return Declarations(
            plans=self.plans,
            enrollments=self.enrollments,
            cases=self.cases,
            keyring=self.keyring,
            read_receipt=receipt_verifier(self.settings.receipt_public_key),
        )

    @cached_property
    def health_probe(self) -> HealthProbe:
        """系统监测."""
        return HealthProbe(self.settings.components)

    @cached_property
    def case_decisions(self) -> CaseDecisions:
        """作弊案件."""
        return CaseDecisions(cases=self.cases, keyring=self.keyring, policy=self.cheating)

    @cached_property
    def cheating(self) -> CheatingPolicy:
        """判定规则 (R26)."""
        return self.settings.cheating
