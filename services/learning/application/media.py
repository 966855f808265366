"""媒体处理: what the worker does with videos in the background, each piece claimed, and safe to do twice.

A worker that dies leaves its claim to run out; another begins anew, and stores under the same key.
"""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from services.learning.adapters.transcode import shrink
from services.learning.adapters.videos import Videos
from services.learning.application.video_files import examined, playable
from services.learning.domain import Video
from services.learning.domain.job import LEASE
from services.learning.domain.media_errors import ClaimLost, UploadCorrupt, WorkStopped
from services.learning.domain.rendition import HEIGHT, Rendition
from services.learning.domain.upload import DROPPED, Upload, UploadState
from services.learning.storage import Courses, Renditions, Uploads
from shared.domain.clock import Clock, utc_now
from shared.domain.errors import DomainError, ErrorKind

log = structlog.get_logger()
Heartbeat = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class MediaWork:
    """The worker's pieces of work; each answers whether there was one."""

    courses: Courses
    uploads: Uploads
    renditions: Renditions
    videos: Videos
    threads: int
    clock: Clock = utc_now
    stopping: Callable[[], bool] = lambda: False  # asked after each frame

    def examine_next(self) -> bool:
        """检查: assemble the longest-waiting upload, look into it, and keep it or refuse it."""
        for upload in self.uploads.queued(self.clock()):
            claim = self.uploads.update(upload.id, lambda upload: upload.claim(self.clock()))
            if claim is not None:
                self._examine(upload, claim)
                return True
        return False

    def render_next(self) -> bool:
        """转码: make the longest-waiting rendition."""
        for rendition in self.renditions.waiting(self.clock()):
            claim = self.renditions.update(rendition.id, lambda rendition: rendition.claim(self.clock()))
            if claim is not None:
                self._render(rendition, claim)
                return True
        return False

    def clean(self) -> None:
        """清理: forget uploads that nobody goes on with, delete what no lesson will take."""
        now = self.clock()
        for upload in self.uploads.idle(now):
            self.uploads.update(upload.id, lambda upload: upload.pass_time(now))
        for upload in self.uploads.to_clean(now):
            if upload.is_to_clean(now):
                self._clean(upload)

    # ---- examination ----

    def _examine(self, upload: Upload, claim: int) -> None:
        renew = self._heartbeat(lambda: self.uploads.update(
            upload.id, lambda upload: upload.job.renew(claim, self.clock())
        ))  # fmt: skip
        try:
            video = self._video_of(upload, renew)
        except DomainError as error:
            self._refuse(upload, claim, error)
        except ClaimLost:
            log.warning("upload.claim_lost", upload_id=upload.id, claim=claim)
        except WorkStopped:
            self._settle(lambda: self.uploads.update(
                upload.id, lambda upload: upload.job.give_up(claim, self.clock())
            ))  # fmt: skip
        except Exception as error:  # of ours: tried again when the pause is over
            log.exception("upload.examination_failed", upload_id=upload.id, exc_info=error)
            with suppress(ClaimLost):
                self.uploads.update(upload.id, lambda upload: upload.job.release(claim, self.clock()))
        else:
            self._accept(upload, claim, video)

    def _video_of(self, upload: Upload, renew: Heartbeat) -> Video:
        with tempfile.TemporaryFile(prefix="xueshi-upload-") as file:
            found = self.videos.assemble(upload.id, upload.part_count, file)
            renew()
            if found != upload.sha256:
                raise UploadCorrupt(found=found)
            with playable(file, upload.size) as video:
                renew()
                return video.store(self.videos, upload.video_key)

    def _accept(self, upload: Upload, claim: int, video: Video) -> None:
        with suppress(ClaimLost):
            accepted = self.uploads.update(
                upload.id, lambda upload: upload.accept(claim, video, self.clock())
            )
            if not accepted:  # cancelled in the meantime, and perhaps cleaned before this was stored
                self.videos.delete(video.key)

    def _refuse(self, upload: Upload, claim: int, error: DomainError) -> None:
        if error.kind in (ErrorKind.NOT_FOUND, ErrorKind.UNAVAILABLE):  # the bucket's fault, not the file's
            log.error("upload.parts_lost", upload_id=upload.id, code=error.code)
            change: Callable[[Upload], None] = lambda upload: upload.job.release(claim, self.clock())  # noqa: E731
        else:
            change = lambda upload: upload.refuse(claim, error, self.clock())  # noqa: E731
        self._settle(lambda: self.uploads.update(upload.id, change))

    # ---- renditions ----

    def _render(self, rendition: Rendition, claim: int) -> None:
        renew = self._heartbeat(lambda: self.renditions.update(
            rendition.id, lambda rendition: rendition.job.renew(claim, self.clock())
        ))  # fmt: skip
        try:
            video = self._smaller(rendition, claim, renew)
        except ClaimLost:
            log.warning("rendition.claim_lost", rendition_id=rendition.id, claim=claim)
        except WorkStopped:
            self._settle(lambda: self.renditions.update(
                rendition.id, lambda rendition: rendition.job.give_up(claim, self.clock())
            ))  # fmt: skip
        except Exception as error:
            log.exception("rendition.failed", rendition_id=rendition.id, exc_info=error)
            reason = type(error).__name__
            self._settle(lambda: self.renditions.update(
                rendition.id, lambda rendition: rendition.release(claim, reason, self.clock())
            ))  # fmt: skip
        else:
            self._settle(lambda: self.renditions.update(
                rendition.id, lambda rendition: rendition.finish(claim, video)
            ))  # fmt: skip

    def _smaller(self, rendition: Rendition, claim: int, renew: Heartbeat) -> Video:
        with tempfile.TemporaryDirectory(prefix="xueshi-rendition-") as folder:
            path = Path(folder) / "small.mp4"
            with tempfile.TemporaryFile(dir=folder) as source:
                self.videos.fetch(rendition.source.key, rendition.source.size, source)
                shrink(source, path, height=HEIGHT, threads=self.threads, progress=renew)
            with path.open("rb") as file:
                return self._stored(file, path.stat().st_size, rendition.key(claim))

    def _stored(self, file: BinaryIO, size: int, key: str) -> Video:
        return examined(file, size).store(self.videos, key)

    # ---- inside ----

    def _clean(self, upload: Upload) -> None:
        """The video of a lesson is never deleted, whatever its upload says.

        An upload that was taken by somebody who died before adding the lesson can be taken again.
        """
        self.videos.delete_parts(upload.id)
        has_lesson = self.courses.get(upload.course_id).find(upload.id) is not None
        if upload.state in DROPPED and not has_lesson:
            self.videos.delete(upload.video_key)
        if upload.state is UploadState.USED and not has_lesson:
            self.uploads.update(upload.id, lambda upload: upload.give_back(self.clock()))
        self.uploads.update(upload.id, lambda upload: upload.note_cleaned())

    def _heartbeat(self, renew: Callable[[], object]) -> Heartbeat:
        """Renews a claim when a third of its lease is over; cheap enough for every frame.

        Raises ClaimLost, and WorkStopped when the worker is told to end.
        """
        next_at = self.clock() + LEASE / 3

        def beat() -> None:
            nonlocal next_at
            if self.stopping():
                raise WorkStopped
            if self.clock() >= next_at:
                renew()
                next_at = self.clock() + LEASE / 3

        return beat

    def _settle(self, write: Callable[[], object]) -> None:
        """What another worker has taken over is left to it."""
        with suppress(ClaimLost):
            write()
