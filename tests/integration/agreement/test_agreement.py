"""Learning, certificate and the auditor count the same, whatever a learner does (R23, R24, R28, R31).

Three separate implementations: learning decides, certificate judges events, the auditor derives from the log.
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
        assert counted.intervals == [(interval.from_ms, interval.to_ms) for interval in lesson.covered]
        assert counted.completed == lesson.completed
    for earned in simulation.study.hours():
        assert hours.total_ms(earned.kind) == earned.earned_ms


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_a_finished_study_is_audited_clean_and_the_auditor_agrees(seed: int) -> None:
    simulation = played(seed)
    audits = [
        (audited.verdict, audited.compulsory_hours, audited.elective_hours) for audited in simulation.audit()
    ]
    assert audits == ([(Verdict.CLEAN, 1, 1)] if simulation.study.completed_at else [])
    assert derive_hours(ENROLMENT, simulation.log).discrepancies == []


def test_the_simulation_meets_all_that_can_happen() -> None:
    """Otherwise the agreement above would prove little."""
    logs = [played(seed).log for seed in range(40)]
    events = [event for log in logs for event in log]
    assert {event.reason for event in events if isinstance(event, PlaybackRefused)} == set(RefusalReason)
    assert {event.reason for event in events if isinstance(event, FaceCheckFailed)} >= {"missed", "mismatch"}
    assert {event.moment for event in events if isinstance(event, FaceCheckFailed)} == set(Moment)
    assert {type(event).__name__ for event in events} >= {"LessonPaused", "QuizAnswered", "ReviewRequested"}
    finished = sum(isinstance(event, StudyCompleted) for event in events)
    assert 20 < finished < len(logs), "some learners finish, some give up"
