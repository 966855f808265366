"""The plan: the same for the same seed, and nothing is left out."""

from collections import Counter

import pytest

from shared.crash_points import POINTS
from tests.faults import plan

SEEDS = range(20)


def kinds(planned):
    return Counter(fault.kind for _, fault in planned)


@pytest.mark.parametrize("make", [plan.whole, plan.short])
def test_the_same_seed_gives_the_same_plan(make):
    assert make(7, 600) == make(7, 600)
    assert make(7, 600) != make(8, 600)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_whole_plan_kills_every_process_and_reaches_every_crash_point_once(seed):
    faults = [fault for _, fault in plan.whole(seed, 600)]
    assert {fault.target for fault in faults if fault.kind == "kill"} == set(plan.KILLED)
    assert sorted(fault.detail for fault in faults if fault.kind == "crash") == sorted(POINTS)


def test_the_whole_plan_has_every_kind_of_fault():
    assert set(kinds(plan.whole(1, 600))) == {
        "kill", "freeze", "crash", "clock", "stop_app", "disk full", "objects away", "queue deleted",
    }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_the_short_plan_kills_what_the_journey_needs(seed):
    killed = {fault.target for _, fault in plan.short(seed, 60) if fault.kind == "kill"}
    assert killed >= {*plan.EVENTS, "rabbitmq", "mongod", "proctor-worker"}


@pytest.mark.parametrize("seed", SEEDS)
def test_faults_come_one_after_the_other_within_the_time(seed):
    moments = [at for at, _ in plan.whole(seed, 600)]
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert moments[-1] < 600 * plan.ACTIVE_SHARE + 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_processes_that_record_when_a_learner_studied_have_the_right_time(seed):
    mistimed = [fault for _, fault in plan.whole(seed, 600) if fault.kind == "clock"]
    assert len(mistimed) == 2
    assert not any(fault.target.startswith(plan.WITNESSES) for fault in mistimed)
