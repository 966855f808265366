"""A learner's face in this service: consent, declared photo, verification, reference (R16)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.proctor.domain.jobs import Outcome, evidence_of, job_id
from services.proctor.domain.verification import (
    Prompt,
    Verification,
    VerificationPolicy,
    VerificationState,
    frames_wanted,
)
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind, NotFound
from shared.events.proctor import (
    ConsentGiven,
    ConsentWithdrawn,
    IdentityRefused,
    IdentityVerified,
    JobDone,
    JobKind,
    JobQueued,
)

KEPT = 20  # verifications that a profile remembers; all stay in the event log


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


class VerificationClosed(DomainError):
    """认证已结束: expired, replaced or answered; begin a new one."""

    code = "verification.closed"
    kind = ErrorKind.CONFLICT
    message = "This verification takes no frames any more ({reason}); begin a new one 请重新开始认证."


class TooManyAttempts(DomainError):
    """认证次数过多."""

    code = "verification.too_many"
    kind = ErrorKind.TOO_MANY
    message = "Too many attempts; try again in {retry_after_s} s 认证次数过多, 请稍后再试."


class WrongFrameCount(DomainError):
    """画面数量不符."""

    code = "frames.wrong_count"
    message = "{measured} frames came, from {least} to {most} are needed 画面数量不符."


@dataclass(kw_only=True)
class FaceProfile(Aggregate):
    """人脸档案 of a person; its id is the person's."""

    declared_key: str | None = None  # the photo of the latest declaration
    consent_version: str | None = None  # of the text agreed to; None: no consent
    consented_at: datetime | None = None
    reference_key: str | None = None  # the verified photo that checks are compared with
    verifications: list[Verification] = field(default_factory=list)  # the latest last

    def declare(self, key: str) -> None:
        """A declaration brought a photo (R2)."""
        self.declared_key = key

    def give_consent(self, text_version: str, now: datetime) -> None:
        """同意: separate and revocable; the same again changes nothing."""
        if self.consent_version == text_version:
            return
        self.consent_version, self.consented_at = text_version, now
        self.record(ConsentGiven(person_id=self.id, text_version=text_version))

    def withdraw_consent(self) -> None:
        """撤回同意: what was verified no longer serves, and must be verified anew."""
        if self.consent_version is None:
            return
        self.consent_version = self.consented_at = self.reference_key = None
        for each in self.verifications:
            each.end("consent_withdrawn")
        self.record(ConsentWithdrawn(person_id=self.id))

    def check_may_begin(self, policy: VerificationPolicy, now: datetime) -> None:
        """Raises ConsentMissing, NotDeclared, AlreadyVerified, VerificationBusy, TooManyAttempts."""
        if self.consent_version is None:
            raise ConsentMissing()
        if self.declared_key is None:
            raise NotDeclared()
        if self.reference_key is not None:
            raise AlreadyVerified()
        if any(each.busy(now) for each in self.verifications):
            raise VerificationBusy()
        self._check_attempts(policy, now)

    def begin(
        self, id: str, prompts: list[Prompt], photo_key: str, policy: VerificationPolicy, now: datetime
    ) -> Verification:
        """开始认证: one open at a time, so an older one ends. Raises as `check_may_begin`."""
        self.check_may_begin(policy, now)
        for each in self.verifications:
            each.end("replaced")
        expires_at = now + timedelta(seconds=policy.seconds)
        new = Verification(
            id=id, prompts=prompts, begun_at=now, expires_at=expires_at, object_keys=[photo_key]
        )
        self.verifications = [*self.verifications, new][-KEPT:]
        return new

    def check_takes_frames(self, id: str, count: int, now: datetime) -> Verification:
        """The open verification. Raises NotFound, ConsentMissing, VerificationClosed, WrongFrameCount."""
        found = self.verification(id)
        if self.consent_version is None:
            raise ConsentMissing()
        if found.state_at(now) is not VerificationState.WAITING_FRAMES:
            raise VerificationClosed(reason=found.reason_at(now) or found.state.value)
        least, most = frames_wanted(len(found.prompts))
        if not least <= count <= most:
            raise WrongFrameCount(measured=count, least=least, most=most)
        return found

    def submit_frames(self, id: str, frame_keys: list[str], now: datetime) -> None:
        """提交画面: once; the worker judges them. Raises as `check_takes_frames`."""
        found = self.check_takes_frames(id, len(frame_keys), now)
        found.state = VerificationState.EXAMINING
        found.object_keys = [*found.object_keys[:1], *frame_keys]
        self.record(
            JobQueued(
                job_id=job_id(self.id, id),
                kind=JobKind.LIVENESS,
                owner=self.id,
                frame_keys=found.object_keys,
                reference_key=self.declared_key,
                prompts=[prompt.value for prompt in found.prompts],
            )
        )

    def conclude(self, id: str, done: JobDone, reference_key: str) -> None:
        """认证结论; on a match the frontal photo, now at `reference_key`, becomes the reference."""
        found = self.verification(id)
        if found.state is not VerificationState.EXAMINING:
            return
        evidence = evidence_of(done, found.object_keys)
        if done.outcome == Outcome.MATCH:
            found.state, self.reference_key = VerificationState.VERIFIED, reference_key
            self.record(IdentityVerified(person_id=self.id, verification_id=id, evidence=evidence))
        else:
            found.end(done.outcome)
            self.record(IdentityRefused(person_id=self.id, verification_id=id, evidence=evidence))

    def verification(self, id: str) -> Verification:
        """Raises NotFound."""
        for each in self.verifications:
            if each.id == id:
                return each
        raise NotFound(what="Verification")

    def reference(self) -> str:
        """What a face check is compared with. Raises ConsentMissing, NotVerified."""
        if self.consent_version is None:
            raise ConsentMissing()
        if self.reference_key is None:
            raise NotVerified()
        return self.reference_key

    def _check_attempts(self, policy: VerificationPolicy, now: datetime) -> None:
        window = timedelta(seconds=policy.window_seconds)
        recent = [each.begun_at for each in self.verifications if each.begun_at > now - window]
        if len(recent) >= policy.attempts:
            wait = recent[-policy.attempts] + window - now
            raise TooManyAttempts(retry_after_s=int(wait.total_seconds()) + 1)
