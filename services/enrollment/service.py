"""What enrollment does when something happened."""

from typing import Any

from nameko.timer import timer

from services.enrollment.domain import Status
from services.enrollment.runtime import EnrollmentRuntime
from services.enrollment.storage import Enrollments, Plans
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

FileFact = HoursAudited | HoursConfirmed | HoursReported | ProvinceRejected | CertificateIssued


class EnrollmentService(Service[EnrollmentRuntime]):
    """报名: opens learning once a declaration is approved and paid, and follows it to the certificate."""

    name = "enrollment"
    runtime_class = EnrollmentRuntime
    plans = Plans()
    enrollments = Enrollments()

    @subscribe(PaymentConfirmed)
    def confirm_payment(self, event: PaymentConfirmed) -> None:
        self.enrollments.update(
            event.enrollment_id, lambda it: it.confirm_payment(event.amount_fen, utc_now()), because=event
        )

    @subscribe(DeclarationWithdrawn)
    def release_seat(self, event: DeclarationWithdrawn) -> None:
        plan_id = self.enrollments.get(event.enrollment_id).plan_id
        self.plans.update(plan_id, lambda it: it.release_seat(event.enrollment_id), because=event)

    @subscribe(StudyCompleted)
    def complete(self, event: StudyCompleted) -> None:
        self.enrollments.update(event.enrollment_id, lambda it: it.complete(utc_now()), because=event)

    @subscribe(HoursAudited)
    def begin_review(self, event: HoursAudited) -> None:
        self._follow(event, Status.ORGANISATION_REVIEW)

    @subscribe(HoursConfirmed)
    def allow_report(self, event: HoursConfirmed) -> None:
        self._follow(event, Status.REPORTABLE)

    @subscribe(HoursReported)
    def begin_province_review(self, event: HoursReported) -> None:
        self._follow(event, Status.PROVINCE_REVIEW)

    @subscribe(ProvinceRejected)
    def return_to_organisation(self, event: ProvinceRejected) -> None:
        self._follow(event, Status.ORGANISATION_REVIEW)

    @subscribe(CertificateIssued)
    def certify(self, event: CertificateIssued) -> None:
        self._follow(event, Status.CERTIFIED)

    @timer(interval=5)
    def open_started_classes(self) -> None:
        """开班: open what was approved and paid before its class started (R8)."""
        ready: dict[str, Any] = {
            "status": Status.APPROVED.value,
            "paid": True,
            "class_opens_at": {"$lte": utc_now()},
        }
        for enrollment in self.enrollments.find(order="class_opens_at", limit=500, **ready):
            self.enrollments.update(enrollment.id, lambda it: it.open_when_ready(utc_now()))

    @timer(interval=60)
    def free_unclaimed_seats(self) -> None:
        """Release seats whose declaration was never written because a process died in between (R1)."""
        for plan in self.plans.each(taken={"$ne": {}}):
            held = plan.unclaimed(utc_now())
            known = {row["_id"] for row in self.enrollments.rows.find({"_id": {"$in": held}}, {"_id": 1})}
            for lost in set(held) - known:
                self._release(plan.id, lost)

    def _release(self, plan_id: str, enrollment_id: str) -> None:
        self.plans.update(plan_id, lambda it: it.release_seat(enrollment_id))

    def _follow(self, event: FileFact, to: Status) -> None:
        sequence = event.published.sequence
        self.enrollments.update(
            event.enrollment_id, lambda it: it.follow(to, sequence, utc_now()), because=event
        )
