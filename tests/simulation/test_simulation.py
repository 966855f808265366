"""Ten seconds of the simulation in every test run; `make simulate` goes on for longer."""

import time

from shared.events.enrollment import DeclarationWithdrawn
from shared.events.learning import Ending, PlaybackRecorded, StudyCompleted
from shared.events.proctor import ScheduleRevealed
from tests.simulation import lessons
from tests.simulation.__main__ import search
from tests.simulation.mutants import MUTANTS
from tests.simulation.world import World, run

SECONDS = 10.0


def test_ten_seconds_of_faults_break_no_promise():
    seed = int(time.time())  # a different one every time; a violation names it
    _, steps, violation = search(seed, steps=10**9, seconds=SECONDS)
    assert violation is None
    assert steps > 10_000


def test_a_seed_is_a_run():
    def trace():
        world = World(7)
        world.run(2_000)
        return world.steps, list(world.trace), world.guarantees.committed

    assert trace() == trace()


def test_a_world_has_every_kind_of_fault():
    """A simulation in which nothing happens finds nothing."""
    world = World(3)
    kinds = set()
    step = world.step
    world.step = lambda kind: (kinds.add(kind), step(kind))[1]  # type: ignore[method-assign]
    world.broker.step = world.step
    world.run(8_000)
    assert kinds >= {"turn", "publish", "answers", "ack", "reject", "retry", "consume"}
    assert len({entry["type"] for entry in world.guarantees.committed.values()}) >= 8


def test_lessons_are_learnt_in_a_few_worlds():
    """From the draw to the reveal, with checks that are passed and failed, and all ways in which they end."""
    types, endings = set(), set()
    for seed in range(6):
        world = World(seed)
        world.run(12_000)
        types |= {entry["type"] for entry in world.guarantees.committed.values()}
        endings |= {stay.ended.ending for stay in world.guarantees.playing.stays.values() if stay.ended}
    assert types >= {event.TYPE for event in (*lessons.LEARNING, *lessons.PROCTOR)} - {
        DeclarationWithdrawn.TYPE
    }
    assert types >= {StudyCompleted.TYPE, PlaybackRecorded.TYPE, ScheduleRevealed.TYPE}
    assert endings >= {Ending.COMPLETED, Ending.SUPERSEDED, Ending.CHECK_FAILED, Ending.SILENT}


def test_a_planted_bug_is_found():
    with MUTANTS["processed events ignored"]():
        _, _, violation = search(seed=1, steps=200_000, seconds=60)
    assert violation is not None
    assert "heard" in violation.reason


def test_a_planted_bug_of_learning_is_found():
    with MUTANTS["lease ignored by learning"]():
        _, _, violation = search(seed=1, steps=200_000, seconds=60)
    assert violation is not None
    assert "its checks allow" in violation.reason


def test_a_run_returns_its_steps():
    assert run(5, 1_000) >= 1_000
