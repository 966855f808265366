"""What certificate does when something happened."""

from collections.abc import Callable
from typing import Any

from eventlet.green import subprocess
from nameko.timer import timer

from services.certificate.domain import Facts, FileStatus, HoursFile, Person
from services.certificate.domain.file import PATIENCE
from services.certificate.issuing import issue
from services.certificate.personal import reseal
from services.certificate.runtime import CertificateRuntime
from services.certificate.storage import HoursFiles, Persons
from shared.domain.clock import utc_now
from shared.events.certificate import ProvinceApproved
from shared.events.enrollment import DeclarationSubmitted, DeclarationWithdrawn, LearningOpened
from shared.events.learning import LessonCompleted, LessonEntered, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe

Learnt = LearningOpened | LessonEntered | LessonCompleted | StudyCompleted | FaceCheckPassed | FaceCheckFailed


class CertificateService(Service[CertificateRuntime]):
    """审核与证书: collects the facts of each study, audits them, and makes the certificate."""

    name = "certificate"
    runtime_class = CertificateRuntime
    files = HoursFiles()
    persons = Persons()

    @subscribe(DeclarationSubmitted)
    def open_file(self, event: DeclarationSubmitted) -> None:
        """建档. The file is written before the person is read, `verify` does the reverse: none is missed."""
        personal = reseal(self.runtime.keyring, event.person_id, event.personal)
        new = _new_file(event, personal)
        self.files.upsert(new, lambda it: it.declare(event, personal), because=event)
        for person in self.persons.find(_id=event.person_id):
            self._share(event.enrollment_id, person)

    @subscribe(IdentityVerified)
    def verify(self, event: IdentityVerified) -> None:
        person = self.persons.upsert(Person(id=event.person_id), lambda it: it.verify(event), because=event)
        for file in self.files.each(person_id=event.person_id):
            self._share(file.id, person)

    @subscribe(LearningOpened)
    def open_study(self, event: LearningOpened) -> None:
        self._learn(event, lambda facts: facts.open(event))

    @subscribe(LessonEntered)
    def enter_lesson(self, event: LessonEntered) -> None:
        self._learn(event, lambda facts: facts.enter(event))

    @subscribe(FaceCheckPassed)
    def pass_check(self, event: FaceCheckPassed) -> None:
        self._learn(event, lambda facts: facts.check(event))

    @subscribe(FaceCheckFailed)
    def fail_check(self, event: FaceCheckFailed) -> None:
        self._learn(event, lambda facts: facts.check(event))

    @subscribe(LessonCompleted)
    def complete_lesson(self, event: LessonCompleted) -> None:
        self._learn(event, lambda facts: facts.complete(event))

    @subscribe(StudyCompleted)
    def complete_study(self, event: StudyCompleted) -> None:
        self._learn(event, lambda facts: facts.finish(event))

    @subscribe(DeclarationWithdrawn)
    def withdraw(self, event: DeclarationWithdrawn) -> None:
        self.files.update(event.enrollment_id, lambda it: it.withdraw(), because=event)

    @subscribe(ProvinceApproved)
    def make_certificate(self, event: ProvinceApproved) -> None:
        """制证; see `issuing` for what a crash leaves behind."""
        issue(self.files, self.runtime, event, event.enrollment_id, subprocess.run)

    @timer(interval=5)
    def audit_overdue(self) -> None:
        """审核 files whose study has ended but whose facts have not all come (R28)."""
        waiting: dict[str, Any] = {
            "status": FileStatus.COLLECTING.value,
            "study_known_at": {"$lte": utc_now() - PATIENCE},
        }
        for file in self.files.find(order="study_known_at", limit=100, **waiting):
            self.files.update(file.id, lambda it: it.audit_overdue(utc_now()))

    def _learn(self, event: Learnt, note: Callable[[Facts], None]) -> None:
        self.files.update(event.enrollment_id, lambda it: it.learn(note, utc_now()), because=event)

    def _share(self, file_id: str, person: Person) -> None:
        def note(facts: Facts) -> None:
            facts.identity = person.identity

        self.files.update(file_id, lambda it: it.learn(note, utc_now()))


def _new_file(event: DeclarationSubmitted, personal: str) -> HoursFile:
    return HoursFile(
        id=event.enrollment_id,
        person_id=event.person_id,
        organisation=event.organisation,
        batch=event.batch,
        category=event.category,
        specialty=event.specialty,
        personal=personal,
    )
