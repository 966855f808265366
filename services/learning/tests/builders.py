"""What tests of learning start from."""

import io
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import av
import numpy as np

from services.learning.domain import (
    Course,
    Lesson,
    PassedCheck,
    PlaySession,
    Question,
    Report,
    SessionState,
    Study,
    Turn,
    Video,
)
from shared.domain.aggregate import Aggregate
from shared.events.base import Event, Meta, producer_of
from shared.events.enrollment import LearningOpened
from shared.events.proctor import Evidence, Moment
from shared.events.terms import LessonKind, StudyPolicy

E = TypeVar("E", bound=Event)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = StudyPolicy(hour_seconds=15, compulsory_hours=1, elective_hours=1, report_period_s=3)
EVIDENCE = Evidence(outcome="match", distance=0.3, threshold=0.6, model="dlib", model_version="0" * 64)
START, UNFORESEEN = Moment.START, Moment.UNFORESEEN


def at(seconds: float) -> datetime:
    """That many seconds after noon."""
    return NOON + timedelta(milliseconds=round(seconds * 1000))


def a_question(id: str = "q1", **changes: Any) -> Question:
    return replace(Question(id=id, prompt="1 + 1 = ?", options=["1", "2", "3"], answer=1), **changes)


def a_lesson(id: str = "common", **changes: Any) -> Lesson:
    video = Video(
        key=f"course/{id}",
        sha256="0" * 64,
        size=1000,
        content_type="video/mp4",
        duration_ms=changes.pop("duration_ms", 15_000),
    )
    lesson = Lesson(
        id=id,
        title="计价",
        chapter="第一章",
        kind=LessonKind.COMPULSORY,
        specialty="土木建筑",
        video=video,
        quiz=[],
    )
    return replace(lesson, **changes)


def a_course(*lessons: Lesson, published: bool = True, **changes: Any) -> Course:
    course = Course(id="course", organisation="武汉培训", title="继续教育", specialty="土木建筑")
    for lesson in lessons or (a_lesson(), a_lesson("special", kind=LessonKind.ELECTIVE)):
        course.add_lesson(lesson)
    if published:
        course.publish()
    return replace(course, **changes)


def opened(**changes: Any) -> LearningOpened:
    event = LearningOpened(
        enrollment_id="study",
        person_id="person",
        plan_id="plan",
        course_id="course",
        specialty="土木建筑",
        opened_at=at(-60),
        closes_at=at(90 * 86_400),
        policy=POLICY,
    )
    return replace(event, **changes)


def a_study(course: Course | None = None, **changes: Any) -> Study:
    return Study.open(opened(**changes), course or a_course())


def a_session(
    study: Study | None = None, lesson: str = "common", id: str = "s1", at_s: float = 0, turn: int = 1
) -> PlaySession:
    """A session that began at that time and awaits its start check."""
    study = study or a_study()
    study.enter(lesson, at(at_s))
    return PlaySession.begin(
        Turn(number=turn, enrollment_id=study.id, session_id=id),
        study.lesson(lesson),
        person_id=study.person_id,
        login_id="login",
        closes_at=study.closes_at,
        policy=study.policy,
        now=at(at_s),
    )


def pass_check(session: PlaySession, moment: Moment = START, lease_s: float = 12, at_s: float = 0) -> None:
    """A check of the session is passed, with a lease of so much video."""
    check = PassedCheck(check_id=f"{session.id}-{moment}", moment=moment)
    session.pass_check(check, lease_ms=round(lease_s * 1000), passed_at=at(at_s), now=at(at_s))


def playing(
    study: Study | None = None, lesson: str = "common", id: str = "s1", at_s: float = 0, lease_s: float = 12
) -> PlaySession:
    """A session that began to play at that time, with a lease of 12 s unless another is given."""
    session = a_session(study, lesson, id, at_s)
    pass_check(session, START, lease_s, at_s)
    return session


def an_hour(lease_s: float = 2_700) -> PlaySession:
    """A session of a lesson of 45 minutes under the default policy; it begins to play at noon."""
    study = a_study(a_course(a_lesson(duration_ms=2_700_000)), policy=StudyPolicy())
    return playing(study, lease_s=lease_s)


def report(number: int, start_s: float, end_s: float, rate: float = 1) -> Report:
    return Report(number=number, from_ms=round(start_s * 1000), to_ms=round(end_s * 1000), rate=rate)


def published(event: Event, id: str | None = None) -> Any:
    """The event as it arrives from the broker; each one is a delivery of its own unless `id` is given."""
    meta = Meta(
        id=id or secrets.token_hex(16),
        source=producer_of(type(event)),
        type=event.TYPE,
        subject="subject",
        sequence=1,
        time=NOON,
    )
    return replace(event, meta=meta)


def recorded(aggregate: Aggregate, kind: type[E]) -> list[E]:
    """The events of this kind that the aggregate recorded."""
    return [event for event in aggregate.events if isinstance(event, kind)]


def watched(session: PlaySession, at_s: float = 0) -> PlaySession:
    """The whole lesson of 15 s in honest reports of 3 s; the unforeseen check is passed at once at 12 s."""
    for number in range(1, 6):
        end = number * 3
        session.report(report(number, end - 3, end), at(at_s + end))
        if session.state is SessionState.AWAITING_CHECK:
            pass_check(session, UNFORESEEN, 15, at_s + end)
    return session


def learnt(study: Study, lesson: str, id: str, at_s: float) -> Study:
    """A lesson from entering to both checks and the whole video, as the study sees it in the end."""
    study.absorb(watched(playing(study, lesson, id, at_s), at_s), at(at_s + 16))
    return study


def a_video(seconds: float = 1.0, codec: str = "libx264", container: str = "mp4", fps: int = 10) -> bytes:
    """A small real video; each frame has a grey of its own."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(round(seconds * fps)):
            grey = np.full((48, 64, 3), number % 256, dtype=np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        output.mux(stream.encode())
    return file.getvalue()
