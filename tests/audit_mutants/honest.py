"""Honest logs: people on a train, services that fail over, events that are late. Nobody in them cheats.

Reports jitter and queue up in gaps; people go back, seek ahead, play too fast and are refused, leave
checks, fail them, fall silent, change their device, enrol twice. Services' clocks differ by up to 2 s, and
change when another machine takes over; events reach the log up to 60 s late, and other services as late.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random

from services.audit.tests.builders import QUESTIONS, World
from shared.events.base import Event
from shared.events.certificate import Verdict
from shared.events.learning import Ending
from shared.events.proctor import Moment
from shared.events.terms import LessonKind, StudyPolicy

COMPULSORY, ELECTIVE = LessonKind.COMPULSORY, LessonKind.ELECTIVE
PERIOD_MS = 15_000


@dataclass(frozen=True)
class HonestLog:
    """What the log holds of one enrolment, of its person and its course."""

    enrollment: str
    events: list[Event]


@lru_cache(maxsize=200)
def honest_log(seed: int) -> HonestLog:
    """One person's studies, the same for the same seed."""
    return Life(Random(seed)).live()


class Life:
    """What a person does, and what happens around them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.first = self._study("enrollment-1", "1")
        self.second = self._study("enrollment-2", "2") if random.random() < 0.3 else None

    def live(self) -> HonestLog:
        """From the declaration to the certificate, of which the second study may come in between."""
        self._get_ready(self.first)
        if self.second:
            self.second.share(self.first).enrol()
        self._learn()
        self._conclude(self.first)
        return HonestLog(self.first.enrollment, [event for _, event in self.heard()])

    def heard(self) -> list[tuple[datetime, Event]]:
        """The log, each event with the time at which the log heard of it."""
        logs = [*self.first.log(), *(self.second.log() if self.second else [])]
        return sorted(logs, key=lambda entry: entry[0])

    def _study(self, enrollment: str, number: str) -> World:
        random = self.random
        duration_ms = random.choice((1_900, 14_007, 61_000, 200_000, 1_500_000))
        lessons = {f"lesson-{number}-c": COMPULSORY, f"lesson-{number}-e": ELECTIVE}
        if random.random() < 0.3:
            lessons[f"lesson-{number}-d"] = COMPULSORY
        hours = {kind: list(lessons.values()).count(kind) for kind in LessonKind}
        policy = StudyPolicy(
            hour_seconds=max(1, duration_ms // 1_000),
            compulsory_hours=hours[COMPULSORY],
            elective_hours=hours[ELECTIVE],
        )
        return World(
            "person-1", enrollment, policy=policy, lessons=lessons, duration_ms=duration_ms, random=random,
            number=number,
        )  # fmt: skip

    # ---- before and after ----

    def _get_ready(self, world: World) -> None:
        if self.random.random() < 0.3:
            world.consent().verify("not_live")
            if self.random.random() < 0.5:
                world.revoke()
        if self.random.random() < 0.3:
            world.declare().wait(60_000)  # corrected later
        world.enrol().wait(5_000)
        if not world.consents:
            world.consent()
        world.verify()
        if self.random.random() < 0.2:
            world.revoke().wait(600_000).consent().verify()

    def _conclude(self, world: World) -> None:
        world.audit(*([Verdict.DOUBTFUL] if self.random.random() < 0.2 else [])).report()
        if self.random.random() < 0.2:
            world.reject().report()
        world.certify()

    # ---- learning ----

    def _learn(self) -> None:
        worlds = [self.first, *([self.second] if self.second else [])]
        world = self.first
        for _ in range(400):
            lessons = [lesson for lesson in world.lessons if lesson not in world.completed]
            if lessons:
                self._stay(world, self.random.choice(lessons))
            if self.random.random() < 0.1:
                world.fail_over()
            if self.random.random() < 0.05 and not world.study_event:
                world.suspend(barred=self.random.random() < 0.3).resume()
            if self.random.random() < 0.02 and not (world.study_event or world.play_session or self.second):
                world.expire()
            others = [other for other in worlds if other is not world and not other.study_event]
            if others and (world.study_event or self.random.random() < 0.3):
                self._change(world, others[0])
                world = others[0]
            if all(each.study_event for each in worlds):
                break
        if self.second and world is not self.first:
            self.first.now = max(self.first.now, self.second.now)
        assert all(each.study_event for each in worlds), "an honest study takes less than this"

    def _change(self, world: World, other: World) -> None:
        if world.play_session:
            world.end(Ending.SUPERSEDED)
        other.now = max(world.now, other.now)

    def _stay(self, world: World, lesson: str) -> None:
        """One stay in a lesson: from entering it until something ends it."""
        self._quiz_a_little(world, lesson)
        if world.covered[lesson] >= world.duration - 2_000 and world.is_checked(lesson):
            return self._finish_quiz(world, lesson)
        if self.random.random() < 0.1:
            world.start_nothing()
        world.enter(lesson, start_check=False)
        if self.random.random() < 0.05:
            return None  # left before anything was drawn
        world.draw().ask(Moment.START)
        self._answer(world)
        for _ in range(self.random.choice((3, 50, 300))):
            if world.play_session is None:
                break
            self._step(world)
        self._end_somehow(world)
        return self._finish_quiz(world, lesson) if self.random.random() < 0.5 else None

    def _answer(self, world: World) -> None:
        """A check that was asked for: passed mostly, also late, or with a second picture."""
        random, chance = self.random, self.random.random()
        limit_ms = world.policy.check_deadline_s * 1000
        if chance < 0.05:
            world.answer(random.randint(500, 9_000), "mismatch")
        elif chance < 0.08:
            world.wait(limit_ms + 100).fail("missed")
        elif chance < 0.12:
            world.end(Ending.SUPERSEDED)  # left; proctor may say so
            if random.random() < 0.5:
                return
        elif chance < 0.15:
            world.answer(random.randint(500, 9_000), heard_ms=None).wait(random.randint(0, 60_000))
            world.end(Ending.SUPERSEDED)  # before learning heard that it was passed
        else:
            if chance > 0.85:
                world.retake()
            after = random.choice((700, 5_000, limit_ms - 3_000))
            judged = random.choice((300, 300, 20_000, 4_000_000))
            world.answer(after, judged_ms=judged, heard_ms=random.choice((0, 50, 60_000)))

    def _step(self, world: World) -> None:
        """What happens within a report's period or two."""
        play = world.session
        if play.lease is not None and play.covered >= play.lease:
            if self.random.random() < 0.3:
                world.play(PERIOD_MS)  # refused: a check is due
            world.ask(Moment.UNFORESEEN)
            return self._answer(world)
        return self.random.choice(self._steps)(world)

    @property
    def _steps(self) -> list[Callable[[World], object]]:
        random = self.random
        return [
            *[lambda world: world.play(PERIOD_MS)] * 12,
            *[lambda world: world.play(PERIOD_MS, took=random.randint(11_000, 19_000))] * 6,
            lambda world: world.play(PERIOD_MS, took=45_000).play(PERIOD_MS, took=0).play(PERIOD_MS, took=0),
            lambda world: world.play(PERIOD_MS, took=59_900),
            lambda world: world.play(PERIOD_MS, took=30_000, skip=-PERIOD_MS),
            lambda world: world.play(60_000, took=20_000),
            lambda world: world.play(0, took=40_000),
            lambda world: world.play(PERIOD_MS, rate=1.5),
            lambda world: world.play(PERIOD_MS, skip=60_000),
            lambda world: world.play(90_000, took=1_000),
            lambda world: world.play(7, took=1),
        ]

    def _end_somehow(self, world: World) -> None:
        """A closed page ends by silence, heard of late; another device takes the turn."""
        if world.play_session is None:
            return
        id, chance = world.session.id, self.random.random()
        if chance < 0.4 and world.session.lease is not None:
            world.play(PERIOD_MS, took=self.random.choice((61_000, 70_000, 4_000_000)))
        if world.play_session and chance < 0.7:
            world.end(Ending.SUPERSEDED)
        if world.play_session is None and self.random.random() < 0.3:
            world.late_report(id)

    # ---- the quiz ----

    def _quiz_a_little(self, world: World, lesson: str) -> None:
        if self.random.random() < 0.3:
            world.answer_question(lesson, f"{lesson}-q0", correct=self.random.random() < 0.5)

    def _finish_quiz(self, world: World, lesson: str) -> None:
        if world.play_session:
            world.end(Ending.SUPERSEDED)
        for number in range(QUESTIONS):
            if f"{lesson}-q{number}" not in world.answered[lesson]:
                world.answer_question(lesson, f"{lesson}-q{number}", correct=self.random.random() < 0.5)
