"""Learning, certificate and the auditor count the same, whatever a learner does (R23, R24, R28, R31).

Three implementations apart: learning decides, certificate judges the facts, the auditor derives from the log.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.domain import derive_hours
from services.learning.domain import RefusalReason
from shared.events.certificate import Verdict
from shared.events.learning import PlaybackRefused, StudyCompleted
from shared.events.proctor import FaceCheckFailed, Moment
from tests.integration.agreement.player import played
from tests.integration.agreement.simulation import ENROLMENT

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_the_auditor_derives_the_hours_that_learning_credited(seed: int) -> None:
    simulation = played(seed)
    hours = derive_hours(ENROLMENT, simulation.log)
    assert hours.discrepancies == []
    for lesson in simulation.study.lessons:
        counted = hours.lessons[lesson.lesson_id]
        assert counted.intervals == [(it.from_ms, it.to_ms) for it in lesson.covered]
        assert counted.completed == lesson.completed
    for earned in simulation.study.hours():
        assert hours.total_ms(earned.kind) == earned.earned_ms


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_a_finished_study_is_audited_clean_and_the_auditor_agrees(seed: int) -> None:
    simulation = played(seed)
    said = [(it.verdict, it.compulsory_hours, it.elective_hours) for it in simulation.audit()]
    assert said == ([(Verdict.CLEAN, 1, 1)] if simulation.study.completed_at else [])
    assert derive_hours(ENROLMENT, simulation.log).discrepancies == []


def test_the_simulation_meets_all_that_can_happen() -> None:
    """Else the agreement above would say little."""
    logs = [played(seed).log for seed in range(40)]
    events = [it for log in logs for it in log]
    assert {it.reason for it in events if isinstance(it, PlaybackRefused)} == set(RefusalReason)
    assert {it.reason for it in events if isinstance(it, FaceCheckFailed)} >= {"missed", "mismatch"}
    assert {it.moment for it in events if isinstance(it, FaceCheckFailed)} == set(Moment)
    assert {type(it).__name__ for it in events} >= {"LessonPaused", "QuizAnswered", "ReviewRequested"}
    finished = sum(isinstance(it, StudyCompleted) for it in events)
    assert 20 < finished < len(logs), "some learners finish, some give up"
