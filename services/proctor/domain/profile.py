"""A learner's face in this service: consent, declared photo, verification, reference (R16)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.proctor.domain import event_factory, object_keys
from services.proctor.domain.ids import join_id, split_id
from services.proctor.domain.jobs import FaceOutcome, evidence_of
from services.proctor.domain.verification import (
    Prompt,
    Verification,
    VerificationPolicy,
    VerificationState,
)
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind, NotFound
from shared.events.proctor import (
    ConsentGiven,
    ConsentWithdrawn,
    IdentityRefused,
    IdentityVerified,
    JobDone,
)

MAX_VERIFICATIONS = 20  # that a profile remembers; all stay in the event log


class ConsentMissing(DomainError):
    """未同意人脸信息处理 (R16)."""

    code = "consent.missing"
    kind = ErrorKind.CONFLICT
    message = "Consent to face processing is needed first 请先同意人脸信息处理."


class NotDeclared(DomainError):
    """没有申报照片: there is nothing to compare with yet."""

    code = "photo.not_declared"
    kind = ErrorKind.CONFLICT
    message = "No declared photo is known yet; declare first 尚无申报照片."


class AlreadyVerified(DomainError):
    """已实名认证."""

    code = "verification.already_verified"
    kind = ErrorKind.CONFLICT
    message = "Your identity is verified already 您已完成实名认证."


class NotVerified(DomainError):
    """未实名认证 (R16)."""

    code = "verification.missing"
    kind = ErrorKind.CONFLICT
    message = "Verify your identity first 请先完成实名认证."


class VerificationBusy(DomainError):
    """认证进行中: one at a time."""

    code = "verification.examining"
    kind = ErrorKind.CONFLICT
    message = "A verification is being examined 认证正在审核."


@dataclass(kw_only=True)
class FaceProfile(Aggregate):
    """人脸档案 of a person; its id is the person's."""

    declared_key: str | None = None  # the photo of the latest declaration
    consent_version: str | None = None  # of the text agreed to; None: no consent
    consented_at: datetime | None = None
    reference_key: str | None = None  # the verified photo that checks are compared with
    verifications: list[Verification] = field(default_factory=list)  # the latest last

    @property
    def open_jobs(self) -> dict[str, datetime]:
        """Jobs without an answer, each with a time before which it was not queued."""
        examining = VerificationState.EXAMINING
        return {
            join_id(self.id, verification.id): verification.begun_at
            for verification in self.verifications
            if verification.state is examining
        }

    def declare(self, photo_key: str) -> None:
        """A declaration brought a photo (R2)."""
        self.declared_key = photo_key

    def give_consent(self, text_version: str, now: datetime) -> None:
        """同意: separate and revocable; the same again changes nothing."""
        if self.consent_version == text_version:
            return
        self.consent_version, self.consented_at = text_version, now
        self.record(ConsentGiven(person_id=self.id, text_version=text_version))

    def withdraw_consent(self) -> None:
        """撤回同意: what was verified no longer serves, and must be verified again."""
        if self.consent_version is None:
            return
        self.consent_version = self.consented_at = self.reference_key = None
        for verification in self.verifications:
            verification.end("consent_withdrawn")
        self.record(ConsentWithdrawn(person_id=self.id))

    def check_may_begin(self, policy: VerificationPolicy, now: datetime) -> None:
        """Raises ConsentMissing, NotDeclared, AlreadyVerified, VerificationBusy, TooManyAttempts."""
        self._check_consent()
        if self.declared_key is None:
            raise NotDeclared()
        if self.reference_key is not None:
            raise AlreadyVerified()
        if any(verification.busy(now) for verification in self.verifications):
            raise VerificationBusy()
        policy.check_attempts([verification.begun_at for verification in self.verifications], now)

    def begin(
        self, id: str, prompts: list[Prompt], photo_key: str, policy: VerificationPolicy, now: datetime
    ) -> Verification:
        """开始认证: one open at a time, so an older one ends. Raises as `check_may_begin`."""
        self.check_may_begin(policy, now)
        for earlier in self.verifications:
            earlier.end("replaced")
        expires_at = now + timedelta(seconds=policy.seconds)
        verification = Verification(
            id=id, prompts=prompts, begun_at=now, expires_at=expires_at, object_keys=[photo_key]
        )
        self.verifications = [*self.verifications, verification][-MAX_VERIFICATIONS:]
        return verification

    def check_takes_frames(self, id: str, count: int, now: datetime) -> None:
        """Raises NotFound, ConsentMissing, VerificationClosed, WrongFrameCount."""
        self._consented(id).check_takes(count, now)

    def submit_frames(self, id: str, frame_keys: list[str], now: datetime) -> Verification:
        """提交画面: once; the worker judges them. Raises as `check_takes_frames`."""
        verification = self._consented(id)
        verification.take(frame_keys, now)
        self.record(event_factory.liveness_queued(self.id, verification, self.declared_key))
        return verification

    def conclude(self, done: JobDone) -> None:
        """认证结论; on a match the frontal photo becomes the reference, under the key of references."""
        _, id = split_id(done.job_id)
        verification = self.verification(id)
        if verification.state is not VerificationState.EXAMINING:
            return
        evidence = evidence_of(done, verification.object_keys)
        if done.outcome == FaceOutcome.MATCH:
            verification.state = VerificationState.VERIFIED
            self.reference_key = object_keys.reference_photo(self.id, id)
            self.record(IdentityVerified(person_id=self.id, verification_id=id, evidence=evidence))
        else:
            verification.end(done.outcome)
            self.record(IdentityRefused(person_id=self.id, verification_id=id, evidence=evidence))

    def verification(self, id: str) -> Verification:
        """Raises NotFound."""
        for verification in self.verifications:
            if verification.id == id:
                return verification
        raise NotFound(what="Verification")

    def reference(self) -> str:
        """What a face check is compared with. Raises ConsentMissing, NotVerified."""
        self._check_consent()
        if self.reference_key is None:
            raise NotVerified()
        return self.reference_key

    def refers_to(self, verification_id: str) -> bool:
        """Whether face checks are compared with the photo of this verification."""
        return self.reference_key == object_keys.reference_photo(self.id, verification_id)

    def _consented(self, verification_id: str) -> Verification:
        verification = self.verification(verification_id)
        self._check_consent()
        return verification

    def _check_consent(self) -> None:
        if self.consent_version is None:
            raise ConsentMissing()
