"""Whether the log holds what the derivation of a completed study needs (R17, R28).

Events reach the log in their order within a subject, but those of two services in none: the end of the study
may stand before the last seed that proctor reveals.
"""

from collections.abc import Iterable, Iterator

from services.audit.domain.discrepancy import Discrepancy
from shared.events.base import Event
from shared.events.learning import LessonEntered, SessionEnded
from shared.events.proctor import ScheduleDrawn, ScheduleRevealed


def log_gaps(enrollment_id: str, events: Iterable[Event]) -> list[Discrepancy]:
    """What the enrolment's own events call for and the log lacks: ends of sessions, seeds of schedules."""
    own = [event for event in events if getattr(event, "enrollment_id", None) == enrollment_id]
    return [*_lacking(own, LessonEntered, SessionEnded), *_lacking(own, ScheduleDrawn, ScheduleRevealed)]


def _lacking(
    own: Iterable[Event],
    begun: type[LessonEntered] | type[ScheduleDrawn],
    done: type[SessionEnded] | type[ScheduleRevealed],
) -> Iterator[Discrepancy]:
    there = {event.session_id for event in own if isinstance(event, done)}
    for event in own:
        if isinstance(event, begun) and event.session_id not in there:
            message = f"The log lacks {done.__name__} of session {event.session_id} 日志缺少后续事件"
            yield Discrepancy("log_incomplete", message, [event.published.id], event.lesson_id)
