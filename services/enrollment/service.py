"""What enrollment does when something happened."""

from nameko.timer import timer

from services.enrollment.application import learning, outages, payments, seats
from services.enrollment.runtime import EnrollmentRuntime
from shared.domain.clock import utc_now
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceRejected,
)
from shared.events.enrollment import DeclarationWithdrawn
from shared.events.learning import StudyCompleted
from shared.events.payment import PaymentConfirmed
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class EnrollmentService(Service[EnrollmentRuntime]):
    """报名: opens learning once a declaration is approved and paid, and follows it to the certificate."""

    runtime_class = EnrollmentRuntime

    @subscribe(PaymentConfirmed)
    def confirm_payment(self, event: PaymentConfirmed) -> None:
        """缴费成功."""
        payments.confirm_payment(self.runtime.enrollments, event, utc_now())

    @subscribe(DeclarationWithdrawn)
    def release_seat(self, event: DeclarationWithdrawn) -> None:
        """释放名额."""
        seats.release(self.runtime.plans, self.runtime.enrollments, event)

    @subscribe(StudyCompleted)
    def complete(self, event: StudyCompleted) -> None:
        """学时学满."""
        learning.complete(self.runtime.enrollments, event, utc_now())

    @subscribe(HoursAudited)
    def begin_review(self, event: HoursAudited) -> None:
        """机构审核."""
        learning.follow_hours_record(self.runtime.enrollments, event, utc_now())

    @subscribe(HoursConfirmed)
    def allow_report(self, event: HoursConfirmed) -> None:
        """可上报."""
        learning.follow_hours_record(self.runtime.enrollments, event, utc_now())

    @subscribe(HoursReported)
    def begin_province_review(self, event: HoursReported) -> None:
        """省级审核."""
        learning.follow_hours_record(self.runtime.enrollments, event, utc_now())

    @subscribe(ProvinceRejected)
    def return_to_organisation(self, event: ProvinceRejected) -> None:
        """退回机构."""
        learning.follow_hours_record(self.runtime.enrollments, event, utc_now())

    @subscribe(CertificateIssued)
    def certify(self, event: CertificateIssued) -> None:
        """已发证."""
        learning.follow_hours_record(self.runtime.enrollments, event, utc_now())

    @timer(interval=5)
    def open_started_classes(self) -> None:
        """开班 (R8)."""
        learning.open_started_classes(self.runtime.enrollments, utc_now())

    @timer(interval=5)
    def watch_health(self) -> None:
        """系统监测 (R9)."""
        away = self.runtime.health_probe.away()
        limits = self.runtime.settings.watch_limits
        outages.look(self.runtime.health_watches, self.runtime.outages, away, utc_now(), limits)

    @timer(interval=10)
    def keep_study_windows(self) -> None:
        """故障顺延, and 过期 of what is over nevertheless (R9)."""
        runtime, now = self.runtime, utc_now()
        outages.tell_enrollments(runtime.outages, runtime.enrollments, now)
        if not runtime.outages.is_under_way():
            learning.expire_closed(runtime.enrollments, now, runtime.settings.expiry_grace)

    @timer(interval=60)
    def release_unclaimed_seats(self) -> None:
        """释放名额 that no declaration claims (R1)."""
        seats.release_unclaimed(self.runtime.plans, self.runtime.enrollments, utc_now())
