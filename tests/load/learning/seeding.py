"""Learners who are at it already: verified, in a lesson of 45 minutes, past its start check.

Made by the rules of learning and proctor, and written in bulk by their own repositories, without the events,
so that ten thousand take seconds. Each has a session in both services, with the same drawn moment.
"""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from unittest.mock import patch

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.jwk import ECKey

from services.learning.domain import Course, Learner, PassedCheck, PlaySession, Study, Turn
from services.learning.domain.event_factory import draw_value
from services.learning.runtime import LearningRuntime
from services.learning.tests.builders import a_course, a_lesson, opened
from services.proctor.domain import FaceProfile, ProctoredSession
from services.proctor.domain.check import CheckState
from services.proctor.domain.schedule import draw_seed, seed_hash
from services.proctor.domain.streak import Streak
from services.proctor.runtime import ProctorRuntime
from shared.domain.clock import utc_now
from shared.events.base import Event, Meta, producer_of
from shared.events.learning import LessonEntered, ScheduleMixed
from shared.events.proctor import Moment
from shared.events.terms import LessonKind, Role, StudyPolicy
from shared.persistence.repository import Repository
from shared.runtime import Runtime
from shared.security.keyring import NONCE, Keyring
from shared.security.tokens import ISSUER
from testkit.servers.stack import Stack

LESSON, HOUR_S = "common", 2_700
POLICY = StudyPolicy(hour_seconds=HOUR_S, compulsory_hours=1, elective_hours=1)
TOKEN_LIFE = timedelta(hours=2)
R = TypeVar("R", bound=Runtime[Any])
E = TypeVar("E", bound=Event)


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


@dataclass(frozen=True, kw_only=True)
class AtIt:
    """All that is stored of one learner."""

    study: Study
    learner: Learner
    session: PlaySession
    profile: FaceProfile
    watch: ProctoredSession


@contextmanager
def opened_runtime(stack: Stack, runtime_class: type[R]) -> Iterator[R]:
    """The repositories of a service, in this process."""
    with patch.dict(os.environ, stack.env_for(runtime_class.name)):
        runtime = runtime_class.from_environment()
    runtime.open()
    try:
        yield runtime
    finally:
        runtime.close()


def seed(stack: Stack, count: int) -> list[Seed]:
    """So many learners; all of their sessions play, none has reported yet."""
    key = ECKey.import_key(stack.credentials.ec_pair("token").private.read_bytes())
    with (
        opened_runtime(stack, LearningRuntime) as learning,
        opened_runtime(stack, ProctorRuntime) as proctor,
    ):
        course, persons = learning.courses.add(_course()), [secrets.token_hex(16) for _ in range(count)]
        _make_keys(proctor.keyring, persons)
        now = utc_now()
        made = [_at_it(course, person, proctor, now) for person in persons]
        _write(learning.studies, [each.study for each in made])
        _write(learning.learners, [each.learner for each in made])
        _write(learning.sessions, [each.session for each in made])
        _write(proctor.profiles, [each.profile for each in made])
        _write(proctor.sessions, [each.watch for each in made])
    return [_seed(each.session, key, now) for each in made]


def forget(stack: Stack) -> None:
    """Take away all sessions: that they fall silent later belongs to no other measurement."""
    with (
        opened_runtime(stack, LearningRuntime) as learning,
        opened_runtime(stack, ProctorRuntime) as proctor,
    ):
        for repository in (learning.sessions, proctor.sessions):
            repository.rows.delete_many({})


def _course() -> Course:
    hour = {"duration_ms": HOUR_S * 1000}
    lessons = a_lesson(LESSON, **hour), a_lesson("special", kind=LessonKind.ELECTIVE, **hour)
    return a_course(*lessons, id=secrets.token_hex(8), events=[])


def _at_it(course: Course, person: str, proctor: ProctorRuntime, now: datetime) -> AtIt:
    """Entered, drawn, mixed, checked: as the services do it, with the events handed over by hand."""
    enrollment, session_id = secrets.token_hex(16), secrets.token_hex(16)
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
    secret = draw_seed()
    entered = _published(session.events, LessonEntered, session_id, now)
    sealed = proctor.seeds.seal(person, session_id, secret)
    watch = ProctoredSession.draw(entered, seed=secret, sealed_seed=sealed)
    session.mix(seed_hash(secret), draw_value())
    watch.mix(_published(session.events, ScheduleMixed, session_id, now), secret, Streak(), now)
    watch.checks[0].conclude(CheckState.PASSED, None, now)
    watch.wake_at = None
    check = PassedCheck(check_id=watch.checks[0].id, moment=Moment.START)
    session.pass_check(check, lease_ms=watch.unforeseen_at(secret) or 0, passed_at=now, now=now)
    return AtIt(
        study=study,
        learner=Learner(id=person, verified=True, turn=turn),
        session=session,
        profile=FaceProfile(id=person, declared_key="d", consent_version="1", reference_key="r"),
        watch=watch,
    )


def _published(events: Sequence[Event], kind: type[E], subject: str, now: datetime) -> E:
    event = next(event for event in events if isinstance(event, kind))
    meta = Meta(
        id=secrets.token_hex(16),
        source=producer_of(kind),
        type=kind.TYPE,
        subject=subject,
        sequence=1,
        time=now,
    )
    return replace(event, meta=meta)


def _make_keys(keyring: Keyring, persons: Sequence[str]) -> None:
    """As the keyring makes them, all at once."""
    rows: list[dict[str, object]] = []
    for person in persons:
        nonce, key = secrets.token_bytes(NONCE), AESGCM.generate_key(256)
        rows.append({"_id": person, "wrapped": nonce + keyring._wrap.encrypt(nonce, key, person.encode())})
        keyring._cache[person] = (float("inf"), AESGCM(key))
    keyring._keys.insert_many(rows, ordered=False)


def _write(repository: Repository[Any], aggregates: Sequence[Any]) -> None:
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
