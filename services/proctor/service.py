"""What proctor does when something happened."""

import secrets
from datetime import datetime
from typing import Any

from nameko.timer import timer

from services.proctor import object_keys
from services.proctor.adapters.work_queue import WorkQueue
from services.proctor.domain import FaceProfile, VerificationState, Watch
from services.proctor.domain.check import CheckPolicy
from services.proctor.domain.jobs import Outcome, part_of
from services.proctor.domain.photo import PhotoStatus
from services.proctor.domain.schedule import SEED_BYTES
from services.proctor.domain.watch import Streak
from services.proctor.runtime import ProctorRuntime
from services.proctor.storage import FaceProfiles, Photos, Watches, open_jobs
from shared.domain.clock import utc_now
from shared.events.enrollment import DeclarationSubmitted
from shared.events.learning import LessonCompleted, LessonEntered, LessonPaused, PlaybackCredited
from shared.events.proctor import ConsentWithdrawn, JobDone, JobKind
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class ProctorService(Service[ProctorRuntime]):
    """实名认证与人脸核验: judges what the face worker measured, and watches over play sessions."""

    name = "proctor"
    runtime_class = ProctorRuntime
    photos, profiles, watches = Photos(), FaceProfiles(), Watches()
    work_queue = WorkQueue()

    @classmethod
    def open_jobs(cls) -> dict[str, datetime]:
        """What the face worker has still to answer (see `storage.open_jobs`)."""
        return open_jobs(cls.photos, cls.profiles, cls.watches)

    @subscribe(DeclarationSubmitted)
    def adopt_photo(self, event: DeclarationSubmitted) -> None:
        """The declared photo moves from its own key to the person's."""
        self.photos.update(event.photo_id, lambda it: it.adopt(event.enrollment_id))
        key, stored = object_keys.declared_photo(event.person_id, event.enrollment_id), self._photos()
        photo = stored.get_sealed(event.photo_id, object_keys.examined_photo(event.photo_id))
        stored.put_sealed(event.person_id, key, photo)
        self.profiles.upsert(FaceProfile(id=event.person_id), lambda it: it.declare(key), because=event)

    @subscribe(ConsentWithdrawn)
    def delete_references(self, event: ConsentWithdrawn) -> None:
        """撤回同意: the pictures and embeddings that checks were compared with go at once."""
        for verification in self.profiles.get(event.person_id).verifications:
            if verification.state is VerificationState.VERIFIED:
                self._delete_reference(object_keys.reference_photo(event.person_id, verification.id))

    @subscribe(JobDone)
    def conclude(self, event: JobDone) -> None:
        """The face worker's answer goes to what asked for it."""
        concludes = {
            JobKind.PHOTO: self._conclude_photo,
            JobKind.LIVENESS: self._conclude_verification,
            JobKind.CHECK: self._conclude_check,
        }
        concludes[event.kind](event)

    @subscribe(LessonEntered)
    def begin_watch(self, event: LessonEntered) -> None:
        """抽签: a session begins under watch, and older ones of the enrolment are over (R17)."""
        seed, entered_at = secrets.token_bytes(SEED_BYTES), event.published.time
        watch = self._watch(event, seed, entered_at)
        watch.open(seed, utc_now())
        self.watches.add(watch, because=event)
        newest = self.watches.find(order="-entered_at", limit=1, enrollment_id=event.enrollment_id)[0]
        self._close(enrollment_id=event.enrollment_id, entered_at={"$lt": newest.entered_at})

    @subscribe(PlaybackCredited)
    def follow(self, event: PlaybackCredited) -> None:
        self.watches.update(
            event.session_id,
            lambda it: it.follow(event.covered_ms, self._seed(it), utc_now()),
            because=event,
        )

    @subscribe(LessonPaused)
    def end_watch(self, event: LessonPaused) -> None:
        self._close(_id=event.session_id)

    @subscribe(LessonCompleted)
    def end_watches(self, event: LessonCompleted) -> None:
        entered = {"$lte": event.published.time}
        self._close(enrollment_id=event.enrollment_id, lesson_id=event.lesson_id, entered_at=entered)

    @timer(interval=1)
    def pass_time(self) -> None:
        """Checks that were missed fail, and those that waited for a cool-down are requested (R18)."""
        for watch in self.watches.find(order="wake_at", limit=500, wake_at={"$lte": utc_now()}):
            self.watches.update(watch.id, lambda it: it.elapse(utc_now()))

    def _conclude_photo(self, event: JobDone) -> None:
        photo = self.photos.get(event.job_id)
        rules = self.runtime.settings.photo_rules[photo.category]
        photo = self.photos.update_and_get(photo.id, lambda it: it.conclude(event, rules), because=event)
        if photo.status is PhotoStatus.REFUSED:
            self._photos().delete(photo.object_key)

    def _conclude_verification(self, event: JobDone) -> None:
        person_id, id = part_of(event.job_id)
        reference = object_keys.reference_photo(person_id, id)
        matched = event.outcome == Outcome.MATCH
        if matched:
            evidence = self.runtime.objects(object_keys.EVIDENCE)
            frontal = evidence.get_sealed(person_id, object_keys.frontal_photo(person_id, id))
            self._photos().put_sealed(person_id, reference, frontal)
        profile = self.profiles.update_and_get(
            person_id, lambda it: it.conclude(id, event, reference), because=event
        )
        if matched and profile.reference_key != reference:  # consent was withdrawn meanwhile
            self._delete_reference(reference)

    def _conclude_check(self, event: JobDone) -> None:
        check_id, _ = part_of(event.job_id)
        session_id, _ = part_of(check_id)
        self.watches.update(
            session_id, lambda it: it.conclude(event, self._seed(it), utc_now()), because=event
        )

    def _watch(self, event: LessonEntered, seed: bytes, entered_at: datetime) -> Watch:
        return Watch(
            id=event.session_id,
            enrollment_id=event.enrollment_id,
            person_id=event.person_id,
            lesson_id=event.lesson_id,
            entered_at=entered_at,
            duration_ms=event.duration_ms,
            covered_ms=event.covered_ms,
            reached_ms=event.covered_ms,
            draws_unforeseen=not event.unforeseen_check_passed,
            sealed_seed=self.runtime.keyring.seal_text(
                event.person_id, seed.hex(), _seed_context(event.session_id)
            ),
            policy=CheckPolicy(
                deadline_s=event.check_deadline_s,
                attempts=max(1, event.check_attempts),  # a plan may say 0
                cooldown_s=event.cooldown_s,
            ),
            before=self._streak(event, entered_at),
        )

    def _streak(self, event: LessonEntered, entered_at: datetime) -> Streak:
        """Failures in a row up to the session before this one."""
        before = self.watches.find(
            order="-entered_at",
            limit=1,
            enrollment_id=event.enrollment_id,
            lesson_id=event.lesson_id,
            entered_at={"$lt": entered_at},
        )
        return before[0].streak if before else Streak()

    def _close(self, **where: Any) -> None:
        for watch in self.watches.each(over=False, **where):
            self.watches.update(watch.id, lambda it: it.close(self._seed(it), utc_now()))

    def _seed(self, watch: Watch) -> bytes:
        unsealed = self.runtime.keyring.unseal_text(
            watch.person_id, watch.sealed_seed, _seed_context(watch.id)
        )
        return bytes.fromhex(unsealed)

    def _photos(self) -> Any:
        return self.runtime.objects(object_keys.PHOTOS)

    def _delete_reference(self, key: str) -> None:
        for each in (key, object_keys.embedding_of(key)):
            self._photos().delete(each)


def _seed_context(session_id: str) -> str:
    return f"seed/{session_id}"
