"""What enrollment does when something happened."""

from nameko.timer import timer

from services.enrollment.application import cases, conduct, learning, outages, payments, seats
from services.enrollment.domain.records import ConductEvent
from services.enrollment.runtime import EnrollmentRuntime
from shared.domain.clock import utc_now
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceRejected,
)
from shared.events.enrollment import (
    AppealDecided,
    CaseConfirmed,
    CaseDismissed,
    CaseOpened,
    DeclarationWithdrawn,
)
from shared.events.learning import PlaybackRecorded, StudyCompleted
from shared.events.payment import PaymentConfirmed
from shared.events.proctor import FaceCheckFailed, ReviewRequested
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class EnrollmentService(Service[EnrollmentRuntime]):
    """报名: opens learning once a declaration is approved and paid, and follows it to the certificate,
    through outages, and through cases of cheating.
    """

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

    # ---- cheating, with due process (R26) ----

    @subscribe(PlaybackRecorded)
    @subscribe(FaceCheckFailed)
    @subscribe(ReviewRequested)
    def note_conduct(self, event: ConductEvent) -> None:
        """行为记录."""
        conduct.note(self.runtime.conducts, event, self.runtime.cheating)

    @subscribe(CaseOpened)
    def open_case(self, event: CaseOpened) -> None:
        """立案."""
        cases.open_case(self.runtime.cases, self.runtime.enrollments, event, utc_now())

    @subscribe(CaseDismissed)
    def dismiss_case(self, event: CaseDismissed) -> None:
        """案件不成立."""
        cases.resume(self.runtime.enrollments, event, utc_now())
        conduct.settle(self.runtime.conducts, event)

    @subscribe(CaseConfirmed)
    def bar(self, event: CaseConfirmed) -> None:
        """除名."""
        cases.bar(self.runtime.enrollments, event, utc_now())

    @subscribe(AppealDecided)
    def follow_appeal(self, event: AppealDecided) -> None:
        """申诉决定."""
        cases.resume(self.runtime.enrollments, event, utc_now())
        if event.won:
            conduct.settle(self.runtime.conducts, event)

    # ---- what time brings ----

    @timer(interval=60)
    def expire_blacklist(self) -> None:
        """黑名单到期 (R26)."""
        cases.expire_entries(self.runtime.cases, utc_now())

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
