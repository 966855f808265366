"""Declaration photos over HTTP (R3): examined before anybody declares, hence without a login."""

import hashlib
import time
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from pydantic import BaseModel, Field

from services.proctor import object_keys
from services.proctor.adapters.pictures import check_decodes, read_photo
from services.proctor.domain import Photo, PhotoRules
from services.proctor.domain.photo import CategoryNotOpen, PhotoStatus
from services.proctor.runtime import ProctorApiRuntime
from services.proctor.storage import Photos
from shared.domain.clock import utc_now
from shared.domain.errors import DomainError, ErrorKind
from shared.events.terms import LicenceCategory
from shared.http.access import runtime_of
from shared.security.receipts import ReceiptSigner

router = APIRouter(tags=["照片审查 photos"])
photos = Photos()
Running = Annotated[ProctorApiRuntime, Depends(runtime_of(ProctorApiRuntime))]
POLL_SECONDS = 0.05
RETRY_AFTER_SECONDS = 10
# Uploads that wait for the worker hold a thread each: at most these many, so that the rest is served.
_waiting = BoundedSemaphore(16)


class FaceWorkerAway(DomainError):
    """人脸服务繁忙: the figures of the photo did not come in time, or too many wait for theirs."""

    code = "photo.examination_unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "Photos cannot be examined just now; try again in {retry_after_s} s 照片审查繁忙, 请稍后重试."


class ExaminedPhoto(BaseModel):
    """An accepted photo; the receipt belongs into the declaration and is good for 24 hours."""

    photo_id: str
    receipt: str = Field(description="compact JWS (RFC 7515), ES256")


@router.post("/photos", status_code=201)
def examine_photo(
    photo: Annotated[
        UploadFile, File(description="一寸照: JPEG, 150×180 px, at most 50 KB, blue background")
    ],
    category: Annotated[LicenceCategory, Form(description="licence category that is to be declared")],
    running: Running,
) -> ExaminedPhoto:
    """照片审查: anyone. A refusal names the rule that failed and by how much (`facts`)."""
    rules = _rules(category, running)
    content = _checked(photo, rules)
    if not _waiting.acquire(blocking=False):
        raise FaceWorkerAway(retry_after_s=RETRY_AFTER_SECONDS)
    try:
        examined = _await(_upload(content, category, running), running.settings.photo_wait_seconds)
    finally:
        _waiting.release()
    failure = examined.failure(rules)
    if failure:
        raise failure
    signer = ReceiptSigner(running.settings.receipt_private_key)
    receipt = signer.sign(examined.id, examined.sha256, category.value, utc_now())
    return ExaminedPhoto(photo_id=examined.id, receipt=receipt)


def _rules(category: LicenceCategory, running: ProctorApiRuntime) -> PhotoRules:
    rules: PhotoRules | None = running.settings.photo_rules.get(category)
    if rules is None:
        raise CategoryNotOpen(category=category.value)
    return rules


def _checked(photo: UploadFile, rules: PhotoRules) -> bytes:
    content, file = read_photo(photo.file, rules.max_bytes)
    rules.check_file(file)
    check_decodes(content)
    return content


def _upload(content: bytes, category: LicenceCategory, running: ProctorApiRuntime) -> Photo:
    """Seal the photo under a key of its own, and have its face measured."""
    id = running.keyring.new_owner()
    key = object_keys.examined_photo(id)
    running.objects(object_keys.PHOTOS).put_sealed(id, key, content)
    digest = hashlib.sha256(content).hexdigest()
    photo = Photo(id=id, category=category, sha256=digest, object_key=key, uploaded_at=utc_now())
    photo.queue()
    return photos.add(photo)


def _await(photo: Photo, seconds: float) -> Photo:
    """The photo once the worker has measured it. Raises FaceWorkerAway."""
    deadline = time.monotonic() + seconds
    while photo.status is PhotoStatus.EXAMINING:
        if time.monotonic() > deadline:
            raise FaceWorkerAway(retry_after_s=RETRY_AFTER_SECONDS)
        time.sleep(POLL_SECONDS)  # between two looks at the store
        photo = photos.get(photo.id)
    return photo
