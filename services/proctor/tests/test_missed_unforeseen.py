"""Who passes each start check and misses each unforeseen one is not let go on for ever (R17, R18)."""

from hypothesis import given
from hypothesis import strategies as st

from services.proctor.domain.check import Check, CheckPolicy, CheckState
from services.proctor.domain.streak import Streak
from services.proctor.tests.builders import NO_FAILURE, SEED, a_session, a_value, an_answer, later, unsealed
from shared.events.learning import Ending
from shared.events.proctor import Moment, ReviewRequested

POLICY = CheckPolicy(deadline_s=60, attempts=3, cooldown_s=600)


def missed_session(number: int, streak: Streak, at_s: float):
    """The start check is passed, the unforeseen one missed."""
    session = a_session(id=f"s{number}", turn=number, entered_at=later(at_s))
    assert session.mix(a_value(session.id), SEED, streak, later(at_s))
    session.elapse(later(at_s))
    (start,) = session.checks
    if start.state is CheckState.REQUESTED:
        session.answer(start.id, "frame", "reference", later(at_s + 5))
        session.conclude(an_answer(start.job_id, "match"), SEED, unsealed, later(at_s + 6))
        assert session.request_unforeseen(60_000, SEED, later(at_s + 60))
        session.elapse(later(at_s + 121))
    session.close(SEED, Ending.CHECK_FAILED, later(at_s + 122))
    return session


def test_three_missed_unforeseen_checks_bring_a_review_and_a_cool_down():
    streak, reviewed = NO_FAILURE, []
    for number in range(1, 4):
        session = missed_session(number, streak, 200 * number)
        reviewed += [event for event in session.events if isinstance(event, ReviewRequested)]
        streak = session.streak
    assert [event.failures for event in reviewed] == [3]
    assert missed_session(4, streak, 740).checks[0].state is CheckState.CANCELLED  # it was cooling


@given(st.lists(st.sampled_from([(moment, passed) for moment in Moment for passed in (True, False)])))
def test_a_passed_start_check_forgives_no_unforeseen_one(checks: list[tuple[Moment, bool]]):
    streak = NO_FAILURE
    for moment, passed in checks:
        state = CheckState.PASSED if passed else CheckState.FAILED
        streak = streak.after(Check(id="c", moment=moment, state=state, concluded_at=later(0)), POLICY)
    since = [*reversed(checks)]
    if (Moment.UNFORESEEN, True) in since:
        since = since[: since.index((Moment.UNFORESEEN, True))]
    assert streak.failures >= since.count((Moment.UNFORESEEN, False))
    assert streak.failures <= sum(not passed for _, passed in since)
