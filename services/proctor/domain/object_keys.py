"""Buckets and keys (S3) of face images. All of them are sealed; the owner of each seal is named here, too."""

PHOTOS = "xueshi-photos"  # declared photos and references, kept while they serve
EVIDENCE = "xueshi-evidence"  # what decisions rest on, kept as R34 says


def examined_photo(photo_id: str) -> str:
    """An uploaded declaration photo (PHOTOS), owner `photo_id`: it has no person yet."""
    return f"uploads/{photo_id}.jpg"


def declared_photo(person_id: str, enrollment_id: str) -> str:
    """The photo of a declaration (PHOTOS), owner the person."""
    return f"persons/{person_id}/declared/{enrollment_id}.jpg"


def reference_photo(person_id: str, verification_id: str) -> str:
    """The verified frontal photo that face checks are compared with (PHOTOS), owner the person."""
    return f"persons/{person_id}/reference/{verification_id}.jpg"


def embedding_of(reference_key: str) -> str:
    """The embedding of a reference photo, beside it; references never change, so it never is out of date."""
    return f"{reference_key}.embedding"


def frontal_photo(person_id: str, verification_id: str) -> str:
    """The frontal photo of a verification (EVIDENCE), owner the person."""
    return f"persons/{person_id}/verifications/{verification_id}/frontal"


def liveness_frame(person_id: str, verification_id: str, nonce: str, number: int) -> str:
    """Frame 0, 1, 2 … of a verification (EVIDENCE), owner the person."""
    return f"persons/{person_id}/verifications/{verification_id}/{nonce}-{number:03d}"


def check_frame(person_id: str, check_id: str, nonce: str) -> str:
    """A frame that answers a face check (EVIDENCE), owner the person."""
    return f"persons/{person_id}/checks/{check_id}/{nonce}"
