"""上传: a large video comes in parts, and becomes a lesson's once it has been examined (R22).

    open ──complete──► queued ──examined──► ready ──a lesson takes it──► used
      │                  │                    │
      └─ cancelled, forgotten    refused      └─ cancelled, forgotten

Whatever state an upload is in, it leaves it: by its owner's hand, or by the clock.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.learning.domain.course import Video
from services.learning.domain.job import Job
from services.learning.domain.media_errors import (
    ExaminationFailed,
    PartInvalid,
    PartsMissing,
    SizeInvalid,
    UploadClosed,
    UploadUnready,
)
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, NotFound

PART_BYTES = 8 * 1024 * 1024  # what the gateway lets through in one request
FORGOTTEN_AFTER = timedelta(hours=24)  # without a part
UNUSED_AFTER = timedelta(days=7)  # examined, and no lesson has taken it
GRACE = timedelta(minutes=2)  # longer than a request may take: no part arrives later


class UploadState(StrEnum):
    """上传状态."""

    OPEN = "open"  # 上传中
    QUEUED = "queued"  # 检查中
    READY = "ready"  # 就绪
    USED = "used"  # 已用于课时
    REFUSED = "refused"  # 不合格
    CANCELLED = "cancelled"  # 已取消
    FORGOTTEN = "forgotten"  # 已过期


# What counts against the limit of an organisation.
UNDER_WAY = (UploadState.OPEN, UploadState.QUEUED, UploadState.READY)
DROPPED = (UploadState.REFUSED, UploadState.CANCELLED, UploadState.FORGOTTEN)


@dataclass(frozen=True, kw_only=True)
class Part:
    """分片: what came of the file in one request."""

    number: int  # from 1
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """为何不合格: the code and the sentence that its owner is shown."""

    code: str
    detail: str


@dataclass(kw_only=True)
class Upload(Aggregate):
    """上传: a file of known size and digest. Its id becomes that of the lesson that takes it."""

    organisation: str
    course_id: str
    name: str  # of the file, for people
    size: int  # bytes
    sha256: str
    started_at: datetime
    touched_at: datetime
    job: Job
    part_bytes: int = PART_BYTES
    state: UploadState = UploadState.OPEN
    parts: list[Part] = field(default_factory=list)
    video: Video | None = None
    refusal: Refusal | None = None
    cleaned: bool = False  # its parts, or everything of a dropped one, are gone

    @classmethod
    def start(
        cls, id: str, *, organisation: str, course_id: str, name: str, size: int, sha256: str,
        most: int, now: datetime,
    ) -> "Upload":  # fmt: skip
        """开始上传. Raises SizeInvalid."""
        if not 1 <= size <= most:
            raise SizeInvalid(size=size, most=most)
        return cls(
            id=id, organisation=organisation, course_id=course_id, name=name, size=size, sha256=sha256,
            started_at=now, touched_at=now, job=Job(due_at=now),
        )  # fmt: skip

    @property
    def part_count(self) -> int:
        """How many parts the file has."""
        return -(-self.size // self.part_bytes)

    @property
    def video_key(self) -> str:
        """Where the examined video is stored."""
        return f"{self.course_id}/{self.id}"

    @property
    def missing(self) -> list[int]:
        """Numbers of the parts that have not come yet."""
        came = {part.number for part in self.parts}
        return [number for number in range(1, self.part_count + 1) if number not in came]

    def check_part(self, number: int, size: int) -> None:
        """Raises UploadClosed, PartInvalid."""
        if self.state is not UploadState.OPEN:
            raise UploadClosed(state=self.state.value)
        expected = self._length(number)
        if not expected or size != expected:
            raise PartInvalid(number=number, count=self.part_count, size=size, expected=expected)

    def take_part(self, part: Part, now: datetime) -> None:
        """收到分片; the same number again replaces it. Raises as `check_part`."""
        self.check_part(part.number, part.size)
        others = [other for other in self.parts if other.number != part.number]
        self.parts = sorted([*others, part], key=lambda part: part.number)
        self.touched_at = now

    def complete(self, now: datetime) -> None:
        """传完 → examined in the background; again changes nothing. Raises PartsMissing, UploadClosed."""
        if self.state in (UploadState.QUEUED, UploadState.READY, UploadState.USED):
            return
        if self.state is not UploadState.OPEN:
            raise UploadClosed(state=self.state.value)
        if missing := self.missing:
            raise PartsMissing(count=len(missing), first=missing[0])
        self.state, self.touched_at, self.job = UploadState.QUEUED, now, Job(due_at=now)

    def cancel(self, now: datetime) -> None:
        """取消; one that has ended stays as it is. Raises UploadClosed for one that a lesson has taken."""
        if self.state is UploadState.USED:
            raise UploadClosed(state=self.state.value)
        if self.state in UNDER_WAY:
            self._drop(UploadState.CANCELLED, now)

    # ---- the examination ----

    def claim(self, now: datetime) -> int | None:
        """A worker takes the examination: its claim, None when there is none. Refused after too many."""
        if self.state is not UploadState.QUEUED or now < self.job.due_at:
            return None
        if self.job.exhausted:
            self._refuse(ExaminationFailed(), now)
            return None
        return self.job.claim(now)

    def accept(self, claim: int, video: Video, now: datetime) -> bool:
        """检查通过 → a lesson can take it. False once it was cancelled. Raises ClaimLost."""
        self.job.check(claim)
        if self.state is UploadState.QUEUED:
            self.state, self.video, self.touched_at = UploadState.READY, video, now
        return self.state is UploadState.READY

    def refuse(self, claim: int, error: DomainError, now: datetime) -> None:
        """检查不合格. Raises ClaimLost; nothing once it was cancelled."""
        self.job.check(claim)
        if self.state is UploadState.QUEUED:
            self._refuse(error, now)

    # ---- the lesson ----

    def check_course(self, course_id: str) -> None:
        """Raises NotFound for another course's lesson."""
        if course_id != self.course_id:
            raise NotFound(what="Upload")

    def use(self, now: datetime) -> Video:
        """A lesson takes it: its video; again the same. Raises UploadUnready."""
        if self.state not in (UploadState.READY, UploadState.USED) or self.video is None:
            raise UploadUnready(state=self.state.value)
        self.state, self.touched_at = UploadState.USED, now
        return self.video

    def give_back(self, now: datetime) -> None:
        """The lesson was refused: another can take it."""
        if self.state is UploadState.USED:
            self.state, self.touched_at = UploadState.READY, now

    # ---- the clock ----

    def pass_time(self, now: datetime) -> None:
        """Nobody has touched it for too long → forgotten."""
        idle = {UploadState.OPEN: FORGOTTEN_AFTER, UploadState.READY: UNUSED_AFTER}.get(self.state)
        if idle and now - self.touched_at >= idle:
            self._drop(UploadState.FORGOTTEN, now)

    def is_to_clean(self, now: datetime) -> bool:
        """Whether objects of it can be deleted by now."""
        settled = (*DROPPED, UploadState.READY, UploadState.USED)
        return not self.cleaned and self.state in settled and now - self.touched_at >= GRACE

    def note_cleaned(self) -> None:
        """Nothing of it is left to delete."""
        self.cleaned = True

    def _length(self, number: int) -> int:
        """Of a part; 0 for a number that the file does not have."""
        if not 1 <= number <= self.part_count:
            return 0
        return min(self.part_bytes, self.size - (number - 1) * self.part_bytes)

    def _refuse(self, error: DomainError, now: datetime) -> None:
        self.refusal = Refusal(code=error.code, detail=str(error))
        self._drop(UploadState.REFUSED, now)

    def _drop(self, state: UploadState, now: datetime) -> None:
        self.state, self.touched_at, self.cleaned = state, now, False
