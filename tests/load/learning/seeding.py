"""Learners who are at it already: verified, in a lesson of 45 minutes, past its start check.

Made by learning's own rules and written in bulk by its own repositories, without the events, so that ten
thousand take seconds.
"""

import os
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from joserfc import jwt
from joserfc.jwk import ECKey

from services.learning.domain import Course, Learner, PassedCheck, PlaySession, Study, Turn
from services.learning.runtime import LearningRuntime
from services.learning.tests.builders import a_course, a_lesson, opened
from shared.domain.clock import utc_now
from shared.events.proctor import Moment
from shared.events.terms import LessonKind, Role, StudyPolicy
from shared.persistence.repository import Repository
from shared.security.tokens import ISSUER
from testkit.servers.stack import Stack

LESSON, HOUR_S = "common", 2_700
POLICY = StudyPolicy(hour_seconds=HOUR_S, compulsory_hours=1, elective_hours=1)
TOKEN_LIFE = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Seed:
    """One learner, as the client is given it."""

    person: str
    token: str
    enrollment: str
    session: str
    lesson: str = LESSON
    position_ms: int = 0
    next_report: int = 1


@contextmanager
def opened_runtime(stack: Stack) -> Iterator[LearningRuntime]:
    """Learning's repositories, in this process."""
    with patch.dict(os.environ, stack.env_for("learning")):
        runtime = LearningRuntime.from_environment()
    runtime.open()
    try:
        yield runtime
    finally:
        runtime.close()


def seed(stack: Stack, count: int) -> list[Seed]:
    """So many learners; all of their sessions play, none has reported yet."""
    key = ECKey.import_key(stack.credentials.ec_pair("token").private.read_bytes())
    with opened_runtime(stack) as runtime:
        course = runtime.courses.add(_course())
        now = utc_now()
        made = [_at_it(course, now) for _ in range(count)]
        for repository, kind in (
            (runtime.studies, Study),
            (runtime.learners, Learner),
            (runtime.sessions, PlaySession),
        ):
            _write(repository, [each[kind] for each in made])
    return [_seed(each[PlaySession], key, now) for each in made]


def _course() -> Course:
    hour = {"duration_ms": HOUR_S * 1000}
    lessons = a_lesson(LESSON, **hour), a_lesson("special", kind=LessonKind.ELECTIVE, **hour)
    return a_course(*lessons, id=secrets.token_hex(8), events=[])


def _at_it(course: Course, now: datetime) -> dict[type, Any]:
    enrollment, person, session_id = (secrets.token_hex(16) for _ in range(3))
    study = Study.open(
        opened(
            enrollment_id=enrollment, person_id=person, course_id=course.id,
            opened_at=now, closes_at=now + timedelta(days=90), policy=POLICY,
        ),
        course,
    )  # fmt: skip
    turn = Turn(number=1, enrollment_id=enrollment, session_id=session_id)
    study.enter(LESSON, now)
    session = PlaySession.begin(
        turn, study.lesson(LESSON), person_id=person, login_id=secrets.token_hex(16),
        closes_at=study.closes_at, policy=POLICY, now=now,
    )  # fmt: skip
    lease_ms = random.randrange(HOUR_S * 100, HOUR_S * 900)  # as the draw has it: 10 to 90 % of the video
    check = PassedCheck(check_id=f"{session_id}-start", moment=Moment.START)
    session.pass_check(check, lease_ms=lease_ms, passed_at=now, now=now)
    return {Study: study, Learner: Learner(id=person, verified=True, turn=turn), PlaySession: session}


def _write(repository: Repository[Any], aggregates: list[Any]) -> None:
    for aggregate in aggregates:
        aggregate.events.clear()
    rows = [repository.to_document(aggregate) | {"outbox": [], "handled": []} for aggregate in aggregates]
    repository.rows.insert_many(rows, ordered=False)


def _seed(session: PlaySession, key: ECKey, now: datetime) -> Seed:
    claims = {
        "iss": ISSUER, "sub": secrets.token_hex(16), "role": Role.LEARNER.value, "person": session.person_id,
        "sid": session.login_id, "iat": int(now.timestamp()), "exp": int((now + TOKEN_LIFE).timestamp()),
    }  # fmt: skip
    return Seed(
        person=session.person_id,
        token=jwt.encode({"alg": "ES256"}, claims, key),
        enrollment=session.enrollment_id,
        session=session.id,
    )
