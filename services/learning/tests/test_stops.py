"""A suspended or barred enrolment earns nothing, and goes on once it is resumed (R26)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.application import learners, playback, studies
from services.learning.domain import Learner
from services.learning.domain.errors import StudyBarred, StudySuspended
from services.learning.domain.learner import Stop, StopReason
from services.learning.tests.builders import published
from services.learning.tests.conftest import problem_of
from shared.events.enrollment import (
    EnrollmentBarred,
    EnrollmentResumed,
    EnrollmentSuspended,
    ExtensionCause,
    WindowExtended,
)
from shared.events.learning import Ending

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
    learner = a_learner(*stops)
    learner.check_may_learn("enrollment-1")
    assert not learner.is_stopped("enrollment-1")


# ---- at the api, on the real MongoDB ----


def about(desk, event_class, sequence, **more):
    event = event_class(enrollment_id=desk.study.id, person_id=desk.person, **more)
    sent = published(event)
    return replace(sent, meta=replace(sent.published, sequence=sequence))


def test_a_suspension_ends_the_session_and_lets_no_other_begin_until_it_is_lifted(verified):
    sessions, session = verified.runtime.sessions, verified.enter()
    learners.stop(verified.learners, about(verified, EnrollmentSuspended, 5, case_id="case-1"))
    playback.stop(verified.learners, sessions, verified.person, verified.study.id, verified.wait(1))
    assert sessions.get(session).ending is Ending.STOPPED
    problem_of(verified.post("/lessons/common/sessions"), 409, "study.suspended")
    learners.stop(verified.learners, about(verified, EnrollmentBarred, 6, case_id="case-1"))
    problem_of(verified.post("/lessons/common/sessions"), 409, "study.barred")
    resumed = about(verified, EnrollmentResumed, 7, case_id="case-1", to_status="active")
    learners.stop(verified.learners, resumed)
    assert verified.enter() != session


def test_an_extended_window_holds_for_the_study_and_the_session_that_goes_on(verified):
    sessions, session = verified.runtime.sessions, verified.enter()
    closes_at = verified.study.closes_at + timedelta(seconds=3661)
    extension = {"closes_at": closes_at, "extended_ms": 3_661_000, "cause": ExtensionCause.OUTAGE}
    extended = about(verified, WindowExtended, 5, **extension)
    for _ in range(2):
        studies.extend_window(verified.studies, extended)
        playback.extend_window(verified.learners, sessions, extended)
    assert verified.studies.get(verified.study.id).closes_at == closes_at
    assert sessions.get(session).closes_at == closes_at
