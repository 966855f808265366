"""播放链接: made for a learner who may see the lesson, and opened without asking who comes with it."""

from collections import OrderedDict
from datetime import datetime, timedelta

from services.learning.adapters.link_signatures import LinkSigner
from services.learning.application.lessons import LessonContent
from services.learning.domain import Video
from services.learning.domain.media_errors import RenditionMissing
from services.learning.domain.rendition import Quality, RenditionState, rendition_id
from services.learning.domain.video_link import VideoLink
from services.learning.storage import Courses, Renditions
from shared.domain.errors import NotFound

MAX_KNOWN = 4_096  # videos whose place is remembered; one takes about 1 KB


class VideoLinks:
    """Signs links and finds the videos that they are for; `seconds`: how long a link holds."""

    def __init__(
        self,
        content: LessonContent,
        courses: Courses,
        renditions: Renditions,
        signer: LinkSigner,
        seconds: int,
    ) -> None:
        self._content, self._courses, self._renditions = content, courses, renditions
        self._signer, self._life = signer, timedelta(seconds=seconds)
        self._known: OrderedDict[tuple[str, str, Quality], Video] = OrderedDict()

    def make(
        self, enrollment_id: str, lesson_id: str, quality: Quality, *, person_id: str, now: datetime
    ) -> tuple[VideoLink, str]:
        """A link for this learner, and its text; another can be had at any time, also while the video plays.

        Raises NotFound, IdentityUnverified (R16), StudyClosed (R5), RenditionMissing.
        """
        course_id = self._content.course_of(enrollment_id, lesson_id, person_id=person_id)
        self._video(course_id, lesson_id, quality)
        link = VideoLink(
            person_id=person_id,
            enrollment_id=enrollment_id,
            course_id=course_id,
            lesson_id=lesson_id,
            quality=quality,
            expires_at=(now + self._life).replace(microsecond=0),
        )
        return link, self._signer.sign(link)

    def qualities(self, lesson_id: str) -> list[Quality]:
        """What the lesson can be played in."""
        small = self._small(lesson_id)
        return [Quality.ORIGINAL, Quality.SMALL] if small else [Quality.ORIGINAL]

    def open(self, text: str, lesson_id: str, quality: Quality, now: datetime) -> Video:
        """The video that a link is for. Raises LinkInvalid, LinkExpired."""
        link = self._signer.read(text)
        link.check(lesson_id, quality, now)
        return self._video(link.course_id, link.lesson_id, link.quality)

    def _video(self, course_id: str, lesson_id: str, quality: Quality) -> Video:
        """A player asks for many ranges of one video; what a lesson has does not change, and is kept.

        Raises NotFound, RenditionMissing.
        """
        if video := self._known.get((course_id, lesson_id, quality)):
            return video
        found = self._find(course_id, lesson_id, quality)
        self._known[course_id, lesson_id, quality] = found
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return found

    def _find(self, course_id: str, lesson_id: str, quality: Quality) -> Video:
        if quality is Quality.ORIGINAL:
            return self._courses.get(course_id).lesson(lesson_id).video
        if video := self._small(lesson_id):
            return video
        raise RenditionMissing(quality=quality.value)

    def _small(self, lesson_id: str) -> Video | None:
        try:
            rendition = self._renditions.get(rendition_id(lesson_id))
        except NotFound:
            return None
        return rendition.video if rendition.state is RenditionState.READY else None
