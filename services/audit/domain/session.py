"""One play session as the log tells it: what learning and proctor published about it, by kind."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from services.audit.domain.times import milliseconds
from shared.events.base import Event
from shared.events.learning import LessonEntered, PlaybackRecorded, ReportRecord, SessionEnded
from shared.events.proctor import FaceCheckPassed, JobKind, JobQueued, Moment

E = TypeVar("E", bound=Event)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Session:
    """播放: the events of one kind stand in the order of their subject."""

    id: str
    events: list[Event] = field(default_factory=list)
    _by_kind: dict[type[Event], list[Any]] = field(default_factory=lambda: defaultdict(list))

    def add(self, event: Event) -> None:
        """One more event about it."""
        self.events.append(event)
        self._by_kind[type(event)].append(event)

    def all(self, kind: type[E]) -> list[E]:
        """Every event of a kind."""
        return self._by_kind.get(kind, [])

    def first(self, kind: type[E]) -> E | None:
        """The first event of a kind, if there is one."""
        return next(iter(self.all(kind)), None)

    @property
    def entered(self) -> LessonEntered | None:
        """How it began."""
        return self.first(LessonEntered)

    @property
    def ended(self) -> SessionEnded | None:
        """How it ended; None: it plays, or the log lacks it."""
        return self.first(SessionEnded)

    @property
    def began_at(self) -> datetime:
        """When its first event was published."""
        return self.entered.published.time if self.entered else self.events[0].published.time

    @property
    def ended_at(self) -> datetime:
        """When its end was published; the end of time for one that plays."""
        return self.ended.published.time if self.ended else NEVER

    @cached_property
    def enrollment_id(self) -> str | None:
        """Whose study it belongs to."""
        return self._named("enrollment_id")

    @cached_property
    def lesson_id(self) -> str | None:
        """Of which lesson it is."""
        return self._named("lesson_id")

    @cached_property
    def person_id(self) -> str | None:
        """Whose face was to be seen in it."""
        return self._named("person_id")

    def passed(self, moment: Moment) -> FaceCheckPassed | None:
        """The first check of this moment that was passed."""
        passes = [check for check in self.all(FaceCheckPassed) if check.moment is moment]
        return min(passes, key=lambda check: check.published.time, default=None)

    def jobs(self) -> list[JobQueued]:
        """Pictures that were sent to answer its checks."""
        return [job for job in self.all(JobQueued) if job.kind is JobKind.CHECK]

    def job_of(self, passed: FaceCheckPassed) -> JobQueued | None:
        """The picture that a passed check rests on: the last one of its evidence."""
        wanted = passed.evidence.object_keys[-1:]
        jobs = [job for job in self.jobs() if wanted and wanted[0] in job.frame_keys]
        return next(iter(jobs), None)

    def accepted(self) -> list[tuple[PlaybackRecorded, ReportRecord]]:
        """The reports that were accepted, each with its batch."""
        return self._accepted

    @property
    def played(self) -> tuple[int, int] | None:
        """From when to when it was paid for (ms since 1970), as its reports say; None: never."""
        if not self._accepted:
            return None
        first, last = self._accepted[0], self._accepted[-1]
        return milliseconds(first[0].anchored_at), milliseconds(last[1].received_at)

    @cached_property
    def _accepted(self) -> list[tuple[PlaybackRecorded, ReportRecord]]:
        return [
            (batch, report)
            for batch in self.all(PlaybackRecorded)
            for report in batch.reports
            if report.refusal is None
        ]

    def _named(self, name: str) -> str | None:
        """What the event that began it says, else the first that says it."""
        events = [*([self.entered] if self.entered else []), *self.events]
        return next((value for event in events if (value := getattr(event, name, None))), None)
