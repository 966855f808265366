"""What a process of proctor holds besides the common things."""

from datetime import datetime
from functools import cached_property
from typing import ClassVar

from services.proctor.adapters.face_images import FaceImages
from services.proctor.adapters.play_leases import PlayLeases
from services.proctor.adapters.sealed_seeds import SealedSeeds
from services.proctor.application.jobs import open_jobs
from services.proctor.application.photo_examination import PhotoExamination
from services.proctor.domain import object_keys
from services.proctor.settings import ProctorApiSettings, ProctorEventsSettings, ProctorSettings
from services.proctor.storage import SERVICE, FaceProfiles, Photos, ProctoredSessions
from shared.runtime import Runtime
from shared.security.receipts import ReceiptSigner
from shared.settings import ServiceSettings


class ProctorRuntime(Runtime[ProctorSettings]):
    """实名认证与人脸核验: what both processes hold."""

    name = SERVICE
    settings_class: ClassVar[type[ServiceSettings]] = ProctorSettings
    buckets = (object_keys.PHOTOS, object_keys.EVIDENCE)

    def __init__(self, settings: ProctorSettings) -> None:
        super().__init__(settings)
        self.photos, self.profiles, self.sessions = Photos(), FaceProfiles(), ProctoredSessions()

    @cached_property
    def images(self) -> FaceImages:
        """Where pictures of faces are kept."""
        return FaceImages(self.objects(object_keys.PHOTOS), self.objects(object_keys.EVIDENCE))

    @cached_property
    def seeds(self) -> SealedSeeds:
        """Seals the seeds of schedules."""
        return SealedSeeds(self.keyring)

    def open_jobs(self) -> dict[str, datetime]:
        """Jobs that the face worker has still to answer, each with a time before which it was not queued."""
        return open_jobs(self.photos, self.profiles, self.sessions)


class ProctorEventsRuntime(ProctorRuntime):
    """The events process, which grants leases. Raises OSError, ValueError without a key to seal them with."""

    settings_class = ProctorEventsSettings
    settings: ProctorEventsSettings

    def __init__(self, settings: ProctorEventsSettings) -> None:
        super().__init__(settings)
        self.leases = PlayLeases(settings.lease_public_key)


class ProctorApiRuntime(ProctorRuntime):
    """The api process, which examines photos while their uploaders wait, and signs receipts."""

    settings_class = ProctorApiSettings
    settings: ProctorApiSettings

    @cached_property
    def photo_examination(self) -> PhotoExamination:
        """One for all requests: it limits how many wait at once."""
        return PhotoExamination(
            self.photos,
            self.images,
            self.keyring,
            ReceiptSigner(self.settings.receipt_private_key),
            self.settings.photo_rules,
            self.settings.photo_wait_seconds,
        )
