"""Which event starts which use case of certificate."""

from datetime import timedelta

from eventlet.green import subprocess
from nameko.timer import timer

from services.certificate.application import collecting, decisions
from services.certificate.domain.evidence import StudyEvent
from services.certificate.runtime import CertificateRuntime
from shared.domain.clock import utc_now
from shared.events.audit import StudyDerived
from shared.events.certificate import ProvinceApproved
from shared.events.enrollment import (
    DeclarationSubmitted,
    DeclarationWithdrawn,
    EnrollmentBarred,
    EnrollmentResumed,
    EnrollmentSuspended,
    LearningOpened,
    WindowExtended,
)
from shared.events.learning import LessonCompleted, LessonEntered, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class CertificateService(Service[CertificateRuntime]):
    """审核与证书: collects the evidence of each study, audits it, and makes the certificate."""

    runtime_class = CertificateRuntime

    @subscribe(DeclarationSubmitted)
    def open_record(self, event: DeclarationSubmitted) -> None:
        """建档."""
        collecting.open_record(self.runtime.records, self.runtime.persons, self.runtime.keyring, event)

    @subscribe(IdentityVerified)
    def verify_identity(self, event: IdentityVerified) -> None:
        """实名认证."""
        collecting.verify_identity(self.runtime.records, self.runtime.persons, event)

    @subscribe(LearningOpened)
    @subscribe(LessonEntered)
    @subscribe(LessonCompleted)
    @subscribe(StudyCompleted)
    @subscribe(FaceCheckPassed)
    @subscribe(FaceCheckFailed)
    @subscribe(StudyDerived)
    @subscribe(WindowExtended)
    def learn(self, event: StudyEvent) -> None:
        """学习中, and what the auditor derived in the end."""
        collecting.learn(self.runtime.records, event, utc_now())

    @subscribe(DeclarationWithdrawn)
    def withdraw(self, event: DeclarationWithdrawn) -> None:
        """本人办结."""
        decisions.withdraw(self.runtime.records, event)

    @subscribe(EnrollmentSuspended)
    @subscribe(EnrollmentBarred)
    @subscribe(EnrollmentResumed)
    def hold(self, event: EnrollmentSuspended | EnrollmentBarred | EnrollmentResumed) -> None:
        """暂停办理, 恢复办理."""
        decisions.hold(self.runtime.records, event)

    @subscribe(ProvinceApproved)
    def issue_certificate(self, event: ProvinceApproved) -> None:
        """发证."""
        self.runtime.issuer(subprocess.run).issue(event)

    @timer(interval=5)
    def audit_overdue(self) -> None:
        """审核 of what has waited too long."""
        patience = timedelta(seconds=self.runtime.settings.auditor_patience_seconds)
        collecting.audit_overdue(self.runtime.records, utc_now(), patience)
