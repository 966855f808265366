"""Pictures of faces in S3, each sealed with the key of the person whom it shows.

A key of evidence has a random part and is written once: a later picture never replaces an earlier one.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from services.proctor.domain import object_keys
from shared.domain.errors import DomainError
from shared.persistence.objects import Objects


class FaceImages:
    """The two buckets of proctor."""

    def __init__(self, photos: Objects, evidence: Objects) -> None:
        self._photos, self._evidence = photos, evidence

    def put_upload(self, photo_id: str, photo: bytes) -> str:
        """Store a declaration photo that belongs to no known person yet; its key."""
        key = object_keys.examined_photo(photo_id)
        self._photos.put_sealed(photo_id, key, photo)
        return key

    def delete_upload(self, key: str) -> None:
        """Remove a declaration photo; a missing one is no error."""
        self._photos.delete(key)

    def copy_to_person(self, photo_id: str, person_id: str, enrollment_id: str) -> str:
        """Seal an uploaded photo for the person who declared it; its key. Raises NotFound."""
        key = object_keys.declared_photo(person_id, enrollment_id)
        photo = self._photos.get_sealed(photo_id, object_keys.examined_photo(photo_id))
        self._photos.put_sealed(person_id, key, photo)
        return key

    def put_frontal(self, person_id: str, verification_id: str, photo: bytes) -> str:
        """Store the frontal photo of a verification; its key."""
        key = object_keys.frontal_photo(person_id, verification_id)
        self._evidence.put_sealed(person_id, key, photo)
        return key

    def put_liveness_frames(self, person_id: str, verification_id: str, frames: Sequence[bytes]) -> list[str]:
        """Store the frames of a verification; their keys, in order."""
        nonce = secrets.token_hex(4)
        keys = [
            object_keys.liveness_frame(person_id, verification_id, nonce, number)
            for number, _ in enumerate(frames)
        ]
        for key, frame in zip(keys, frames, strict=True):
            self._evidence.put_sealed(person_id, key, frame)
        return keys

    def put_check_frame(self, person_id: str, check_id: str, frame: bytes) -> str:
        """Store a frame that answers a face check; its key."""
        key = object_keys.check_frame(person_id, check_id, secrets.token_hex(8))
        self._evidence.put_sealed(person_id, key, frame)
        return key

    @contextmanager
    def forgotten_unless_taken(self, *keys: str) -> Iterator[None]:
        """Remove pictures just stored that nothing refers to, because the write within was refused.

        What nothing refers to would never be deleted (R34). After an error that leaves it open whether the
        write was done, they stay.
        """
        try:
            yield
        except DomainError:
            for key in keys:
                self._evidence.delete(key)
            raise

    def put_reference(self, person_id: str, verification_id: str) -> None:
        """Let the frontal photo of a verification be the reference, beside its evidence. Raises NotFound."""
        frontal = object_keys.frontal_photo(person_id, verification_id)
        photo = self._evidence.get_sealed(person_id, frontal)
        self._photos.put_sealed(person_id, object_keys.reference_photo(person_id, verification_id), photo)

    def delete_reference(self, person_id: str, verification_id: str) -> None:
        """Remove a reference photo and its embedding; missing ones are no error."""
        key = object_keys.reference_photo(person_id, verification_id)
        for stored in (key, object_keys.embedding_of(key)):
            self._photos.delete(stored)
