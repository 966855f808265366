"""个人申报: what a learner declares, corrects and withdraws, and who may read it (R2, R5, R6)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.enrollment.application.seats import add_with_seat
from services.enrollment.domain import Enrollment, PersonalData
from services.enrollment.domain.access import visible_to
from services.enrollment.domain.case_errors import Barred
from services.enrollment.domain.errors import SecondDeclaration
from services.enrollment.storage import Cases, Enrollments, Plans
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.enrollment import SEALED_AS
from shared.events.terms import LicenceCategory
from shared.security.keyring import Keyring
from shared.security.receipts import Receipt


@dataclass(frozen=True, kw_only=True)
class DeclarationForm:
    """申报表: what somebody hands in, not yet checked (R2)."""

    plan_id: str
    category: LicenceCategory
    specialty: str
    personal: PersonalData
    photo_receipt: str  # of the photo that proctor has examined


@dataclass(frozen=True, kw_only=True)
class Declarations:
    """Thread-safe; one per process. Personal data leave it sealed, save for those who may read them (R33)."""

    plans: Plans
    enrollments: Enrollments
    cases: Cases
    keyring: Keyring
    read_receipt: Callable[[str], Receipt]

    def declare(self, form: DeclarationForm, now: datetime) -> Enrollment:
        """个人申报: anyone with a licence; takes a seat.

        Raises IdNumberInvalid, FieldInvalid, NotFound, PlanMismatch, ReceiptInvalid, Barred (R26),
        SecondDeclaration, RegistrationClosed, PlanFull.
        """
        personal = form.personal.checked(now.date())
        plan = self.plans.get(form.plan_id)
        plan.check_fit(form.category, form.specialty)
        photo_id = self.read_receipt(form.photo_receipt).photo_id
        person_id = self.keyring.person_for(personal.id_number)
        self._check_blacklist(person_id, now)
        if self.enrollments.has_open(person_id, form.category):
            raise SecondDeclaration()
        sealed = self._seal(person_id, personal)
        enrollment = Enrollment.declare(
            secrets.token_hex(16), plan, person_id=person_id, photo_id=photo_id, personal=sealed, now=now
        )
        return add_with_seat(self.plans, self.enrollments, enrollment, now)

    def correct(
        self,
        enrollment_id: str,
        learner: Principal,
        *,
        personal: PersonalData,
        photo_receipt: str,
        now: datetime,
    ) -> Enrollment:
        """更正申报: its learner, until it is approved (R5); the ID number stays the learner's own.

        Raises NotFound, IdNumberInvalid, FieldInvalid, ReceiptInvalid, Barred (R26), SecondDeclaration,
        Impossible.
        """
        self.get(enrollment_id, learner)  # whoever may not see it hears nothing about the data
        personal = personal.checked(now.date())
        person_id = self.keyring.find_person(personal.id_number)
        if person_id is None or person_id != learner.person_id:
            raise NotFound(what="Enrollment")
        self._check_blacklist(person_id, now)
        photo_id, sealed = self.read_receipt(photo_receipt).photo_id, self._seal(person_id, personal)
        return self.enrollments.update_and_get(
            enrollment_id,
            lambda enrollment: enrollment.correct(photo_id, sealed, now),
            authorise=visible_to(learner),
        )

    def withdraw(self, enrollment_id: str, learner: Principal, reason: str, now: datetime) -> Enrollment:
        """本人强制办结: its learner (R5). Raises NotFound, Impossible."""
        return self.enrollments.update_and_get(
            enrollment_id, lambda enrollment: enrollment.withdraw(reason, now), authorise=visible_to(learner)
        )

    def get(self, enrollment_id: str, principal: Principal) -> Enrollment:
        """申报: its learner, or staff of its organisation. Raises NotFound."""
        return self.enrollments.get(enrollment_id, authorise=visible_to(principal))

    def personal_data(self, enrollment_id: str, principal: Principal) -> PersonalData:
        """个人信息: its learner, or staff of its organisation. Raises NotFound, Erased."""
        enrollment = self.get(enrollment_id, principal)
        return PersonalData.from_json(
            self.keyring.unseal_text(enrollment.person_id, enrollment.personal, SEALED_AS)
        )

    def _check_blacklist(self, person_id: str, now: datetime) -> None:
        """Whoever is on the blacklist declares for no licence category (R26). Raises Barred."""
        if until := self.cases.barred_until(person_id, now):
            raise Barred(until=until)

    def _seal(self, person_id: str, personal: PersonalData) -> str:
        return self.keyring.seal_text(person_id, personal.to_json(), SEALED_AS)
