"""The steps of a journey inside lessons, also those that must fail. Each returns a note for the report."""

from collections.abc import Callable
from typing import Any

from testkit.actors.client import Refusal, until
from testkit.actors.demo_course import lesson_video
from testkit.actors.journey_state import IMPOSTOR, JourneyState


def impostor(journey: JourneyState) -> str:
    """Another person answers a check: the lesson pauses, and credits nothing more (R18)."""
    lesson = journey.lessons()[0]
    player = journey.player(lesson)
    player.enter()
    assert player.video() == lesson_video(journey.media, 1).read_bytes(), "the player got another video"
    player.pass_check(journey.camera().look())
    player.watch_until_check(lesson["duration_ms"])
    before = journey.covered_ms(lesson)
    failed = player.answer_check(journey.camera(IMPOSTOR).look())
    assert failed["state"] == "failed", failed
    until("the end of the session", lambda: player.state() == "ended")
    _must_refuse(lambda: player.send(0, 1_000), "session.ended")
    assert journey.covered_ms(lesson) == before, "a second was credited to the impostor"
    return f"refused: {failed['reason']}; {before / 1000:.0f} s earned before are kept, 0 s after"


def first_lesson(journey: JourneyState) -> str:
    """The learner enters again and completes the first lesson."""
    return _complete(journey, journey.lessons()[0], wrong_first=True)


def cheat(journey: JourneyState) -> str:
    """Double speed, a forged report and seeking ahead earn nothing (R23)."""
    lesson = journey.lessons()[1]
    player = journey.player(lesson)
    player.enter()
    player.pass_check(journey.camera().look())
    end = lesson["duration_ms"]
    _must_refuse(lambda: player.watch(1.0, rate=2.0), "report.wrong_rate")
    _must_refuse(lambda: player.send(player.position_ms, end), "report.too_fast")
    _must_refuse(lambda: player.send(end - 1_000, end - 500), "report.seek_ahead")
    assert journey.covered_ms(lesson) == 0, "a second was credited to a cheat"
    return "report.wrong_rate, report.too_fast, report.seek_ahead: 0 s"


def second_lesson(journey: JourneyState) -> str:
    """The learner completes the second lesson."""
    return _complete(journey, journey.lessons()[1], wrong_first=False)


def _complete(journey: JourneyState, lesson: dict[str, Any], wrong_first: bool) -> str:
    player, frame = journey.player(lesson), journey.camera().look(1)
    player.enter()
    wrong = player.answer_quiz(wrong_first)
    player.watch_to_the_end(lesson["duration_ms"], frame)
    until("the lesson", lambda: journey.is_completed(lesson))
    seconds = journey.covered_ms(lesson) / 1000
    return f"{seconds:.1f} s credited, {len(player.checks)} checks, {wrong} wrong answers"


def _must_refuse(act: Callable[[], Any], code: str) -> None:
    actual = "none"
    try:
        act()
    except Refusal as refusal:
        actual = refusal.code
    assert actual == code, f"{code} was expected, not {actual}"
