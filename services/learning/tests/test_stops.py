"""A suspended or barred enrolment earns nothing, and goes on once it is resumed (R26)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.domain import Learner
from services.learning.domain.errors import StudyBarred, StudySuspended
from services.learning.domain.learner import Stop, StopReason

SUSPENDED = Stop(sequence=5, reason=StopReason.SUSPENDED)
BARRED = Stop(sequence=6, reason=StopReason.BARRED)
RESUMED = Stop(sequence=7, reason=None)


def a_learner(*stops):
    learner = Learner(id="person-1", verified=True)
    for stop in stops:
        learner.stop("enrollment-1", stop)
    return learner


@pytest.mark.parametrize(
    ("stops", "refusal"), [([SUSPENDED], StudySuspended), ([SUSPENDED, BARRED], StudyBarred)]
)
def test_nothing_is_learned_in_an_enrolment_that_is_stopped(stops, refusal):
    learner = a_learner(*stops)
    with pytest.raises(refusal):
        learner.check_may_learn("enrollment-1")
    learner.check_may_learn("enrollment-2")


def test_a_resumed_enrolment_goes_on():
    a_learner(SUSPENDED, RESUMED).check_may_learn("enrollment-1")


@given(st.permutations([SUSPENDED, BARRED, RESUMED]))
def test_the_newest_holds_in_whatever_order_they_come(stops):
    a_learner(*stops).check_may_learn("enrollment-1")
