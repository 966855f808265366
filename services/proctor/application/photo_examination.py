"""Examination of a declaration photo while its uploader waits for the answer (R3)."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore
from typing import BinaryIO

from services.proctor.adapters.face_images import FaceImages
from services.proctor.adapters.pictures import check_decodes, read_photo
from services.proctor.domain import Photo, PhotoRules
from services.proctor.domain.photo import PhotoRulesByCategory, PhotoStatus, rules_for
from services.proctor.storage import Photos
from shared.domain.errors import DomainError, ErrorKind
from shared.events.terms import LicenceCategory
from shared.security.keyring import Keyring
from shared.security.receipts import ReceiptSigner

POLL_SECONDS = 0.05
RETRY_AFTER_SECONDS = 10
MAX_WAITING = 16  # uploads that wait for the worker hold a thread each: so that the rest is served


class FaceWorkerAway(DomainError):
    """人脸服务繁忙: the figures of the photo did not come in time, or too many wait for theirs."""

    code = "photo.examination_unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "Photos cannot be examined just now; try again in {retry_after_s} s 照片审查繁忙, 请稍后重试."


@dataclass(frozen=True, kw_only=True)
class AcceptedPhoto:
    """An accepted photo, and our signature that it was accepted (compact JWS)."""

    photo_id: str
    receipt: str


class PhotoExamination:
    """照片审查: takes a photo, has the worker measure it, and signs a receipt for one that is accepted."""

    def __init__(
        self,
        photos: Photos,
        images: FaceImages,
        keyring: Keyring,
        receipts: ReceiptSigner,
        rules: PhotoRulesByCategory,
        wait_seconds: float,
    ) -> None:
        self._photos, self._images, self._keyring, self._receipts = photos, images, keyring, receipts
        self._rules, self._wait_seconds = rules, wait_seconds
        self._waiting = BoundedSemaphore(MAX_WAITING)

    def examine(self, upload: BinaryIO, category: LicenceCategory, now: datetime) -> AcceptedPhoto:
        """Raises CategoryNotOpen, FaceWorkerAway, and the refusal of the rule that the photo breaks."""
        rules = rules_for(category, self._rules)
        photo = self._measured(_read(upload, rules), category, now)
        if failure := photo.failure(rules):
            raise failure
        receipt = self._receipts.sign(photo.id, photo.sha256, category.value, now)
        return AcceptedPhoto(photo_id=photo.id, receipt=receipt)

    def _measured(self, content: bytes, category: LicenceCategory, now: datetime) -> Photo:
        if not self._waiting.acquire(blocking=False):
            raise FaceWorkerAway(retry_after_s=RETRY_AFTER_SECONDS)
        try:
            return self._await(self._queue(content, category, now))
        finally:
            self._waiting.release()

    def _queue(self, content: bytes, category: LicenceCategory, now: datetime) -> Photo:
        """Seal the photo under a key of its own, and have its face measured."""
        id = self._keyring.new_owner()
        key = self._images.put_upload(id, content)
        digest = hashlib.sha256(content).hexdigest()
        photo = Photo(id=id, category=category, sha256=digest, object_key=key, uploaded_at=now)
        photo.queue()
        return self._photos.add(photo)

    def _await(self, photo: Photo) -> Photo:
        """The photo once the worker has measured it. Raises FaceWorkerAway."""
        deadline = time.monotonic() + self._wait_seconds
        while photo.status is PhotoStatus.EXAMINING:
            if time.monotonic() > deadline:
                raise FaceWorkerAway(retry_after_s=RETRY_AFTER_SECONDS)
            time.sleep(POLL_SECONDS)
            photo = self._photos.get(photo.id)
        return photo


def _read(upload: BinaryIO, rules: PhotoRules) -> bytes:
    content, file = read_photo(upload, rules.max_bytes)
    rules.check_file(file)
    check_decodes(content)
    return content
