"""Certificate, on its own aggregates: a file that learns the facts of a log."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from services.certificate.domain import Facts, HoursFile, Person
from services.certificate.tests.builders import Study
from shared.events.base import Event
from shared.events.enrollment import LearningOpened
from shared.events.learning import LessonCompleted, LessonEntered, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified

NOTES: dict[type[Event], Callable[[Facts, Any], None]] = {
    LearningOpened: Facts.open,
    LessonEntered: Facts.enter,
    FaceCheckPassed: Facts.check,
    FaceCheckFailed: Facts.check,
    LessonCompleted: Facts.complete,
    StudyCompleted: Facts.finish,
}


def file_of(enrolment: str, person: str, facts: Iterable[Event], now: datetime) -> HoursFile:
    """The file once these events have come to it, in this order."""
    file = Study(enrolment, person).file()
    for event in facts:
        if isinstance(event, IdentityVerified):
            _identify(file, event, now)
        elif note := NOTES.get(type(event)):
            file.learn(lambda known, note=note, event=event: note(known, event), now)
    return file


def _identify(file: HoursFile, event: IdentityVerified, now: datetime) -> None:
    person = Person(id=event.person_id)
    person.verify(event)
    file.learn(lambda known: setattr(known, "identity", person.identity), now)
