"""清晰度: a smaller copy of a lesson's video, for slow lines; a lesson needs none to be published."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.learning.domain.course import Video
from services.learning.domain.job import Job
from shared.domain.aggregate import Aggregate

HEIGHT = 360  # pixels


class Quality(StrEnum):
    """清晰度."""

    ORIGINAL = "original"  # 原画
    SMALL = "360p"  # 流畅


class RenditionState(StrEnum):
    """转码状态."""

    WAITING = "waiting"  # 转码中
    READY = "ready"  # 就绪
    NEEDLESS = "needless"  # 原片已足够小
    FAILED = "failed"  # 失败


def rendition_id(lesson_id: str) -> str:
    """One rendition a lesson."""
    return f"{lesson_id}-{Quality.SMALL}"


@dataclass(kw_only=True)
class Rendition(Aggregate):
    """A video of 360 lines, made in the background from the lesson's own."""

    course_id: str
    lesson_id: str
    source: Video
    job: Job
    state: RenditionState = RenditionState.WAITING
    video: Video | None = None
    reason: str | None = None  # why it failed: the name of the error

    @classmethod
    def of(cls, course_id: str, lesson_id: str, source: Video, now: datetime) -> "Rendition":
        """待转码; nothing to do for a video that is as small already."""
        small = 0 < source.height <= HEIGHT
        state = RenditionState.NEEDLESS if small else RenditionState.WAITING
        return cls(
            id=rendition_id(lesson_id), course_id=course_id, lesson_id=lesson_id, source=source,
            job=Job(due_at=now), state=state,
        )  # fmt: skip

    def key(self, claim: int) -> str:
        """Where an attempt stores it: one that ends late never writes over what another stored."""
        return f"renditions/{self.lesson_id}/{Quality.SMALL}-{claim}"

    def claim(self, now: datetime) -> int | None:
        """A worker takes it: its claim. None when there is nothing to do; failed after too many attempts."""
        if self.state is not RenditionState.WAITING or now < self.job.due_at:
            return None
        if self.job.exhausted:
            self.state = RenditionState.FAILED
            return None
        return self.job.claim(now)

    def finish(self, claim: int, video: Video) -> None:
        """转码完成. Raises ClaimLost."""
        self.job.check(claim)
        self.state, self.video, self.reason = RenditionState.READY, video, None

    def release(self, claim: int, reason: str, now: datetime) -> None:
        """转码失败 → tried again after a pause. Raises ClaimLost."""
        self.job.release(claim, now)
        self.reason = reason

    def retry(self, now: datetime) -> None:
        """重新转码, asked for by staff; only a failed one."""
        if self.state is RenditionState.FAILED:
            self.state, self.job = RenditionState.WAITING, Job(due_at=now)
