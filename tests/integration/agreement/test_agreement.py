"""Learning, certificate and the auditor count the same, whatever a learner does (R23, R24, R28, R31).

Three separate implementations: learning decides, certificate judges events, the auditor derives from the log.
"""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.audit.domain import derive_hours
from services.learning.domain import RefusalReason
from shared.events.certificate import HoursAudited, Verdict
from shared.events.learning import Ending, PlaybackRecorded, SessionEnded, StudyCompleted
from shared.events.proctor import FaceCheckFailed, Moment
from tests.integration.agreement.certification import audited, derivation
from tests.integration.agreement.player import played
from tests.integration.agreement.simulation import ENROLMENT

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_the_auditor_derives_the_hours_that_learning_credited(seed: int) -> None:
    simulation = played(seed)
    hours = derive_hours(ENROLMENT, simulation.log)
    assert hours.discrepancies == []
    for lesson in simulation.study.lessons:
        counted = hours.lessons[lesson.lesson_id]
        assert counted.credited_ms == lesson.covered_ms
        assert counted.completed == lesson.completed
    for earned in simulation.study.hours():
        assert hours.total_ms(earned.kind) == earned.earned_ms


@settings(max_examples=20, deadline=None)
@given(SEEDS)
@example(11339)  # unforeseen checks failed, and start checks passed in between
def test_a_finished_study_is_audited_clean_and_the_auditor_agrees(seed: int) -> None:
    simulation = played(seed)
    if not simulation.study.completed_at:
        return
    derived = derivation(simulation.log, simulation.stream.now)
    assert derived.agrees, derived.faults
    events = audited([*simulation.log, derived], simulation.chance, simulation.stream.now)
    verdicts = [event for event in events if isinstance(event, HoursAudited)]
    assert [(event.verdict, event.compulsory_hours, event.elective_hours) for event in verdicts] == [
        (Verdict.CLEAN, 1, 1)
    ]
    simulation.publish(ENROLMENT, *verdicts)
    simulation.wait(600_000)
    assert derive_hours(ENROLMENT, simulation.log).discrepancies == []


def test_the_simulation_meets_all_that_can_happen() -> None:
    """Otherwise the agreement above would prove little."""
    logs = [played(seed).log for seed in range(40)]
    events = [event for log in logs for event in log]
    batches = [event for event in events if isinstance(event, PlaybackRecorded)]
    reasons = {report.refusal for batch in batches for report in batch.reports} - {None}
    assert reasons == set(RefusalReason)
    assert {event.ending for event in events if isinstance(event, SessionEnded)} >= set(Ending) - {
        Ending.STOPPED
    }
    assert {event.reason for event in events if isinstance(event, FaceCheckFailed)} >= {"missed", "mismatch"}
    assert {event.moment for event in events if isinstance(event, FaceCheckFailed)} == set(Moment)
    assert {type(event).__name__ for event in events} >= {"CheckDue", "QuizAnswered", "ReviewRequested"}
    finished = sum(isinstance(event, StudyCompleted) for event in events)
    assert 20 < finished < len(logs), "some learners finish, some give up"
