"""Signatures of video links: compact JWS with HMAC-SHA256 (RFC 7515, RFC 7518)."""

import base64
import json
from datetime import UTC, datetime

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from services.learning.domain.media_errors import LinkInvalid
from services.learning.domain.rendition import Quality
from services.learning.domain.video_link import VideoLink

ALGORITHM = "HS256"
TYPE = "xueshi-video+jws"  # so that nothing else signed with the key could pass for a link
MAX_LENGTH = 2_000  # characters


class LinkSigner:
    """Signs links, and reads those that it signed; `key`: base64 of 32 bytes."""

    def __init__(self, key: str) -> None:
        self._key = OctKey.import_key(base64.b64decode(key))

    def sign(self, link: VideoLink) -> str:
        """The link as text, safe in a URL."""
        claims = {
            "sub": link.person_id,
            "enrollment": link.enrollment_id,
            "course": link.course_id,
            "lesson": link.lesson_id,
            "quality": link.quality.value,
            "exp": int(link.expires_at.timestamp()),
        }
        header = {"alg": ALGORITHM, "typ": TYPE}
        return jws.serialize_compact(header, json.dumps(claims), self._key, [ALGORITHM])

    def read(self, text: str) -> VideoLink:
        """The link that was signed. Raises LinkInvalid."""
        if len(text) > MAX_LENGTH:
            raise LinkInvalid()
        try:
            signed = jws.deserialize_compact(text, self._key, [ALGORITHM])
            if signed.headers().get("typ") != TYPE:
                raise LinkInvalid()
            return _link(json.loads(signed.payload))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise LinkInvalid() from error


def _link(claims: dict[str, str | int]) -> VideoLink:
    return VideoLink(
        person_id=str(claims["sub"]),
        enrollment_id=str(claims["enrollment"]),
        course_id=str(claims["course"]),
        lesson_id=str(claims["lesson"]),
        quality=Quality(str(claims["quality"])),
        expires_at=datetime.fromtimestamp(int(claims["exp"]), UTC),
    )
