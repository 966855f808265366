"""Honest studies as the log has them, and what somebody did to them."""

import json
from collections.abc import Sequence
from typing import Any

from testkit.honest_study import Course, HonestStudy

COURSE = Course(lessons=2, lesson_ms=60_000)


def study_bodies(number: int = 1) -> list[bytes]:
    """The course and one learner's whole study of it."""
    return [COURSE.plan(), COURSE.published(), *HonestStudy(COURSE, number).bodies()]


def type_of(body: bytes) -> str:
    return str(json.loads(body)["type"])


def id_of(body: bytes) -> str:
    return str(json.loads(body)["id"])


def altered(bodies: Sequence[bytes], type_: str, nth: int = 0, /, **fields: Any) -> list[bytes]:
    """The same log with one event of a type changed."""
    positions = [position for position, body in enumerate(bodies) if type_of(body) == type_]
    envelope = json.loads(bodies[positions[nth]])
    envelope["data"] |= fields
    copy = list(bodies)
    copy[positions[nth]] = json.dumps(envelope, ensure_ascii=False).encode()
    return copy


def without(bodies: Sequence[bytes], type_: str, nth: int = 0) -> list[bytes]:
    """The same log without one event of a type."""
    dropped = [body for body in bodies if type_of(body) == type_][nth]
    return [body for body in bodies if body is not dropped]
