"""The videos of a folder, looked into here by the same rules as the service's, before anything is sent."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.learning.adapters.probe import probe
from shared.domain.errors import DomainError
from tools.xueshi.course.folder import COURSE_FILE, CourseFolder
from tools.xueshi.course.nodes import Fault

PIECE_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class VideoFile:
    """A video and what was found in it."""

    path: Path
    size: int  # bytes
    sha256: str
    duration_ms: int
    faststart: bool


def look_into(
    course: CourseFolder, max_bytes: int, progress: Callable[[str], None]
) -> tuple[Mapping[str, VideoFile], list[Fault]]:
    """The videos by the key of their lesson, and what is wrong with them; missing files are left out."""
    found: dict[str, VideoFile] = {}
    faults: list[Fault] = []
    lines: dict[str, int] = {}
    for lesson in course.lessons:
        if not lesson.video.is_file() or not lesson.video.stat().st_size:
            continue
        progress(lesson.video.name)
        try:
            video = _look_into(lesson.video)
        except DomainError as error:
            faults.append(Fault(COURSE_FILE, lesson.line, f"{lesson.video.name}: {error}"))
            continue
        if video.size > max_bytes:
            text = f"{lesson.video.name} has {video.size:,} bytes, at most {max_bytes:,} are taken 文件过大"
            faults.append(Fault(COURSE_FILE, lesson.line, text))
        if lines.setdefault(video.sha256, lesson.line) != lesson.line:
            text = f"{lesson.video.name} is the same video as that of line {lines[video.sha256]} 视频重复"
            faults.append(Fault(COURSE_FILE, lesson.line, text))
        found[lesson.key] = video
    return found, faults


def _look_into(path: Path) -> VideoFile:
    """Raises VideoUnreadable, CodecUnplayable."""
    with path.open("rb") as file:
        properties = probe(file)
        file.seek(0)
        digest = hashlib.sha256()
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return VideoFile(
        path=path,
        size=path.stat().st_size,
        sha256=digest.hexdigest(),
        duration_ms=properties.duration_ms,
        faststart=properties.faststart,
    )
