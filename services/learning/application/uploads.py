"""上传: staff send a large video in parts, and take it up again where it stopped (R22)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from services.learning.adapters.videos import Videos
from services.learning.domain.access import managed_by, run_by
from services.learning.domain.media_errors import UploadLimit
from services.learning.domain.upload import DROPPED, Part, Upload
from services.learning.storage import Courses, Uploads
from shared.domain.errors import DomainError
from shared.domain.principal import Principal


@dataclass(frozen=True, kw_only=True)
class FileDescription:
    """What the client says about its file; size and digest are checked."""

    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, kw_only=True)
class VideoUploads:
    """Uploads of an organisation; others' are not found."""

    uploads: Uploads
    courses: Courses
    videos: Videos
    max_video_bytes: int
    max_under_way: int  # of one organisation

    def start(self, staff: Principal, course_id: str, file: FileDescription, now: datetime) -> Upload:
        """开始上传; the same file for the same course again goes on with the upload under way.

        Raises NotFound, CourseFinal, SizeInvalid, UploadLimit.
        """
        course = self.courses.get(course_id, authorise=run_by(staff.organisation))
        course.check_draft()
        if before := self.uploads.of_file(course_id, file.sha256, file.size):
            return before
        upload = Upload.start(
            secrets.token_hex(16),
            organisation=course.organisation,
            course_id=course_id,
            name=file.name,
            size=file.size,
            sha256=file.sha256,
            most=self.max_video_bytes,
            now=now,
        )
        return self._within_limit(self.uploads.add(upload), now)

    def show(self, staff: Principal, upload_id: str) -> Upload:
        """Raises NotFound."""
        return self.uploads.get(upload_id, authorise=managed_by(staff.organisation))

    def list_uploads(self, staff: Principal, page: int) -> list[Upload]:
        """Of the organisation, the newest first."""
        return self.uploads.page(page, order="-started_at", organisation=staff.organisation)

    def put_part(
        self, staff: Principal, upload_id: str, number: int, content: bytes, now: datetime
    ) -> Upload:
        """上传分片: stored before it is noted; again replaces it.

        Raises NotFound, UploadClosed, PartInvalid.
        """
        self.show(staff, upload_id).check_part(number, len(content))
        self.videos.store_part(upload_id, number, content)
        part = Part(number=number, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        try:
            return self.uploads.update_and_get(
                upload_id,
                lambda upload: upload.take_part(part, now),
                authorise=managed_by(staff.organisation),
            )
        except DomainError:  # ended in the meantime
            self._forget_part_unless_needed(upload_id)
            raise

    def complete(self, staff: Principal, upload_id: str, now: datetime) -> Upload:
        """传完 → examined in the background. Raises NotFound, PartsMissing, UploadClosed."""
        return self.uploads.update_and_get(
            upload_id, lambda upload: upload.complete(now), authorise=managed_by(staff.organisation)
        )

    def cancel(self, staff: Principal, upload_id: str, now: datetime) -> Upload:
        """取消上传: what came is deleted. Raises NotFound; UploadClosed for one that a lesson has taken."""
        return self.uploads.update_and_get(
            upload_id, lambda upload: upload.cancel(now), authorise=managed_by(staff.organisation)
        )

    def _within_limit(self, upload: Upload, now: datetime) -> Upload:
        """Counted after it was added: two at once are both refused rather than both let in."""
        if self.uploads.count_under_way(upload.organisation) <= self.max_under_way:
            return upload
        self.uploads.update(upload.id, lambda upload: upload.cancel(now))
        raise UploadLimit(most=self.max_under_way)

    def _forget_part_unless_needed(self, upload_id: str) -> None:
        """A part that arrived after the upload had been dropped, and perhaps cleaned, is deleted."""
        if self.uploads.get(upload_id).state in DROPPED:
            self.videos.delete_parts(upload_id)
