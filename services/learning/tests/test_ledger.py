"""The ledger of credited seconds: what a report earned, left pending, or was refused for (R23, R25)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.domain.access import check_may_see_hours
from services.learning.domain.ledger import (
    Interval,
    LedgerBatch,
    LessonLedger,
    earned_by,
    ledger_of,
    merged,
    pending_after,
)
from services.learning.tests.builders import (
    UNFORESEEN,
    a_course,
    a_session,
    a_study,
    an_hour,
    at,
    pass_check,
    playing,
    recorded,
    report,
)
from shared.domain.errors import NotFound
from shared.domain.principal import Forbidden, Principal
from shared.events.learning import Ending, PlaybackRecorded
from shared.events.terms import Role


def span(start_s: float, end_s: float) -> Interval:
    return Interval(from_ms=round(start_s * 1000), to_ms=round(end_s * 1000))


@pytest.fixture
def session():
    """It claimed 4 s when 3 had passed, went back, went on, and then sought ahead."""
    played = playing()
    played.report(report(1, 0, 4), at(3))
    played.report(report(2, 1, 2), at(4))
    played.report(report(3, 2, 5), at(7))
    played.report(report(4, 9, 12), at(8))
    return played


def test_each_report_earned_what_lay_beyond_what_was_covered_and_was_paid(session):
    records = session.batch.reports
    assert [earned_by(record) for record in records] == [span(0, 3), None, span(3, 5), None]
    assert [pending_after(record, 15_000) for record in records] == [1_000, 0, 0, 0]


def test_what_a_player_rounds_up_beyond_the_video_is_not_pending():
    session = playing(lease_s=15)
    session.report(report(1, 0, 15.4), at(16))
    (event,) = recorded(session, PlaybackRecorded)
    assert [pending_after(record, 15_000) for record in event.reports] == [0]
    back = replace(event.reports[0], from_ms=15_400, paid_ms=0)
    assert pending_after(back, 15_000) == 0


def test_a_published_batch_and_the_same_before_it_was_published_are_one(session):
    unpublished = LedgerBatch.unpublished(session)
    session.end(Ending.SUPERSEDED, at(9))
    (event,) = recorded(session, PlaybackRecorded)
    assert LedgerBatch.of(event) == unpublished
    assert LedgerBatch.unpublished(session) is None
    assert (unpublished.id, unpublished.began_at) == ("s1:1", at(3))
    assert (unpublished.enrollment_id, unpublished.lesson_id, unpublished.session_id) == (
        "study",
        "common",
        "s1",
    )
    assert (unpublished.earned, unpublished.refused, len(unpublished.reports)) == ([span(0, 5)], 1, 4)


def test_refused_reports_are_counted_though_not_all_are_listed():
    session = playing()
    for _ in range(25):
        session.report(report(9, 0, 3), at(3))
    unpublished = LedgerBatch.unpublished(session)
    assert (unpublished.refused, unpublished.refusals_left_out, unpublished.earned) == (25, 5, [])
    session.end(Ending.SUPERSEDED, at(9))
    assert LedgerBatch.of(*recorded(session, PlaybackRecorded)).refused == 25


def test_a_batch_that_lists_no_report_began_when_it_was_anchored(session):
    session.end(Ending.SUPERSEDED, at(9))
    (event,) = recorded(session, PlaybackRecorded)
    assert LedgerBatch.of(replace(event, reports=[])).began_at == at(0)


def test_a_session_without_reports_has_nothing_for_the_ledger():
    assert LedgerBatch.unpublished(a_session()) is None


# ---- a lesson as a whole ----


def test_what_is_earned_of_a_lesson_is_what_its_batches_its_study_and_its_session_know(session):
    progress = a_study().lesson("common")
    published = [span(0, 2), span(2, 4)]
    ledger = ledger_of(progress, published, 7, None, None)
    assert ledger == LessonLedger(lesson_id="common", earned=[span(0, 4)], refused=7, pending_ms=0)
    assert ledger_of(progress, published, 7, session, None).earned == [span(0, 5)]
    assert ledger_of(progress, published, 7, session, LedgerBatch.unpublished(session)).refused == 8
    progress.absorb(6_000, [])
    assert ledger_of(progress, [], 0, None, None).earned == [span(0, 6)]
    assert ledger_of(progress, published, 7, session, None).earned_ms == 6_000


def test_what_is_earned_is_the_sum_of_its_intervals():
    ledger = LessonLedger(lesson_id="common", earned=[span(1, 3), span(5, 6)], refused=0, pending_ms=0)
    assert ledger.earned_ms == 3_000


def test_a_session_of_another_lesson_says_nothing(session):
    progress = a_study().lesson("special")
    ledger = ledger_of(progress, [], 0, session, LedgerBatch.unpublished(session))
    assert ledger == LessonLedger(lesson_id="special", earned=[], refused=0, pending_ms=0)


def test_what_is_pending_is_what_the_last_report_claimed_while_the_session_goes_on():
    session, progress = an_hour(), a_study().lesson("common")
    assert session.pending_ms == 0
    session.report(report(1, 0, 20), at(15))
    assert ledger_of(progress, [], 0, session, None).pending_ms == 5_000
    session.end(Ending.SUPERSEDED, at(16))
    assert ledger_of(progress, [], 0, session, None).pending_ms == 0


def test_what_is_earned_never_shrinks_while_a_batch_is_on_its_way(session):
    """It has left the session and has not arrived in the ledger."""
    progress = a_study().lesson("common")
    before = ledger_of(progress, [], 0, session, LedgerBatch.unpublished(session))
    session.report(report(4, 5, 15), at(20))
    pass_check(session, UNFORESEEN, 15, at_s=20)
    after = ledger_of(progress, [], 0, session, None)
    assert after.earned_ms >= before.earned_ms


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20))))
def test_a_union_holds_the_same_moments_sorted_and_apart(pairs):
    intervals = [Interval(from_ms=start, to_ms=start + length) for start, length in pairs]
    union = merged(intervals)
    assert moments(union) == moments(intervals)
    assert sum(interval.to_ms - interval.from_ms for interval in union) == len(moments(union))
    edges = [edge for interval in union for edge in (interval.from_ms, interval.to_ms)]
    assert edges == sorted(set(edges))


def moments(intervals) -> set[int]:
    return {ms for interval in intervals for ms in range(interval.from_ms, interval.to_ms)}


def test_an_empty_interval_joins_nothing():
    assert merged([span(0, 1), span(3, 3), span(4, 5)]) == [span(0, 1), span(4, 5)]


# ---- who may see it ----


def who(role: Role, **claims) -> Principal:
    return Principal(account_id="a", role=role, **claims)


ALLOWED = [
    who(Role.LEARNER, person_id="person"),
    who(Role.ORGANISATION, organisation="武汉培训"),
    who(Role.AUDITOR),
]
HIDDEN = [
    who(Role.LEARNER, person_id="other"),
    who(Role.LEARNER),
    who(Role.ORGANISATION, organisation="other"),
    who(Role.ORGANISATION),
]


@pytest.mark.parametrize("reader", ALLOWED)
def test_learner_organisation_and_auditor_see_the_hours(reader):
    check_may_see_hours(reader, a_study(), a_course())


@pytest.mark.parametrize("reader", HIDDEN)
def test_for_others_the_study_does_not_exist(reader):
    with pytest.raises(NotFound) as refused:
        check_may_see_hours(reader, a_study(), a_course())
    assert refused.value.details == {"what": "Study"}


@pytest.mark.parametrize("role", [Role.PROVINCE, Role.OPERATOR])
def test_other_roles_may_not_see_hours(role):
    with pytest.raises(Forbidden):
        check_may_see_hours(who(role), a_study(), a_course())
