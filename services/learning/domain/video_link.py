"""播放链接: lets a `<video>` element play one video for a short time, for it cannot send a bearer token."""

from dataclasses import dataclass
from datetime import datetime

from services.learning.domain.media_errors import LinkExpired, LinkInvalid
from services.learning.domain.rendition import Quality


@dataclass(frozen=True, kw_only=True)
class VideoLink:
    """What a link is bound to. Whoever has it can fetch this one video until `expires_at`, no more."""

    person_id: str
    enrollment_id: str
    course_id: str
    lesson_id: str
    quality: Quality
    expires_at: datetime  # whole seconds

    def check(self, lesson_id: str, quality: Quality, now: datetime) -> None:
        """Raises LinkInvalid for another lesson or quality, LinkExpired."""
        if (lesson_id, quality) != (self.lesson_id, self.quality):
            raise LinkInvalid()
        if now >= self.expires_at:
            raise LinkExpired()
