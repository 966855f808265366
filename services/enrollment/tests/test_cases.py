"""Due process: a person decides, the learner appeals, somebody else decides; and what it does (R26)."""

from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain import Status
from services.enrollment.domain.case import BARRING, Case, CaseStatus
from services.enrollment.domain.case_errors import AppealTooLate, BarTermInvalid, CaseImpossible, SamePerson
from services.enrollment.domain.case_words import NOTICES, evidence_of, notice_of
from services.enrollment.domain.cheating import CheatingPolicy
from services.enrollment.domain.errors import Impossible
from services.enrollment.domain.window import Pause, study_window_closes
from services.enrollment.tests.builders import NOW, a_studying_enrollment, an_enrollment, published
from shared.domain.principal import Principal
from shared.events.enrollment import (
    AppealDecided,
    AppealFiled,
    BlacklistEntryExpired,
    CaseConfirmed,
    CaseDismissed,
    CaseFact,
    CaseOpened,
    EnrollmentBarred,
    EnrollmentResumed,
    EnrollmentSuspended,
    ExtensionCause,
    WindowExtended,
)
from shared.events.terms import Role

POLICY = CheatingPolicy()
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
FIRST = Principal(account_id="province-1", role=Role.PROVINCE)
SECOND_OFFICER = Principal(account_id="province-2", role=Role.PROVINCE)
IDS = {"case_id": "case-1", "enrollment_id": "enrollment-1", "person_id": "person-1"}
FACT = CaseFact(
    session_id="s1",
    lesson_id="lesson-1",
    noted_at=NOW,
    counts={"seek_ahead": 20},
    points=40,
    event_ids=["e1"],
)


def a_case():
    opened = CaseOpened(**IDS, points=120, threshold=100, facts=[FACT], decide_by=NOW + 72 * HOUR)
    return Case.of(published(opened, "conduct-enrollment-1"))


def confirmed():
    case = a_case()
    case.confirm(FIRST, "反复拖动进度条", 6, NOW, POLICY)
    return case


def appealed():
    case = confirmed()
    case.appeal("sealed", NOW + DAY, POLICY)
    return case


def decided(won):
    case = appealed()
    case.decide_appeal(SECOND_OFFICER, won=won, reason="复查", now=NOW + 2 * DAY)
    return case


def dismissed():
    case = a_case()
    case.dismiss(FIRST, "网络故障", NOW)
    return case


# ---- the case ----


def test_a_case_is_open_until_a_person_decides():
    case = a_case()
    assert (case.status, case.points, case.facts) == (CaseStatus.OPEN, 120, [FACT])
    assert not case.is_overdue(NOW + 72 * HOUR)
    assert case.is_overdue(NOW + 72 * HOUR + SECOND)


def test_a_dismissal_names_who_and_why():
    case = dismissed()
    assert case.events == [CaseDismissed(**IDS, decided_by="province-1", reason="网络故障")]
    assert not case.is_overdue(NOW + 365 * DAY)


def test_a_confirmation_puts_the_learner_on_the_blacklist_with_an_end_and_an_appeal():
    case = confirmed()
    until = study_window_closes(NOW, 6)
    assert case.events == [
        CaseConfirmed(
            **IDS, decided_by="province-1", reason="反复拖动进度条", barred_until=until,
            appeal_until=NOW + 15 * DAY,
        )
    ]  # fmt: skip
    assert until == datetime(2026, 9, 1, 4, tzinfo=NOW.tzinfo)


@pytest.mark.parametrize("months", [5, 37, 0, -6])
def test_the_blacklist_lasts_six_months_at_least_and_not_for_ever(months):
    case = a_case()
    with pytest.raises(BarTermInvalid):
        case.confirm(FIRST, "拖动", months, NOW, POLICY)
    assert (case.status, case.events) == (CaseStatus.OPEN, [])


def test_nobody_decides_their_own_case():
    learner = Principal(account_id="province-3", role=Role.PROVINCE, person_id="person-1")
    for decide in (
        lambda case: case.dismiss(learner, "没有", NOW),
        lambda case: case.confirm(learner, "有", 6, NOW, POLICY),
    ):
        case = a_case()
        with pytest.raises(SamePerson):
            decide(case)
        assert case.status is CaseStatus.OPEN


def test_an_appeal_is_possible_once_and_in_time():
    case = confirmed()
    with pytest.raises(AppealTooLate):
        case.appeal("sealed", NOW + 15 * DAY + SECOND, POLICY)
    case.appeal("sealed", NOW + 15 * DAY, POLICY)
    assert isinstance(case.events[-1], AppealFiled)
    assert case.is_overdue(NOW + 15 * DAY + 168 * HOUR + SECOND)
    with pytest.raises(CaseImpossible):
        case.appeal("again", NOW + 15 * DAY, POLICY)


def test_an_appeal_is_decided_by_somebody_else_than_who_confirmed():
    case = appealed()
    with pytest.raises(SamePerson):
        case.decide_appeal(FIRST, won=False, reason="维持", now=NOW + 2 * DAY)
    assert case.status is CaseStatus.APPEALED


@pytest.mark.parametrize(("won", "status"), [(True, CaseStatus.OVERTURNED), (False, CaseStatus.UPHELD)])
def test_an_appeal_is_won_or_lost(won, status):
    case = decided(won)
    assert case.status is status
    assert case.events[-1] == AppealDecided(**IDS, decided_by="province-2", won=won, reason="复查")


def test_an_entry_on_the_blacklist_expires_once_its_time_is_over():
    case = confirmed()
    until = case.barred_until
    case.expire_entry(until - SECOND)
    assert case.expired_at is None
    for _ in range(2):
        case.expire_entry(until)
    assert case.events[1:] == [BlacklistEntryExpired(**IDS, barred_until=until)]


def test_an_entry_that_was_lifted_does_not_expire():
    case = decided(won=True)
    before = len(case.events)
    case.expire_entry(NOW + 3_650 * DAY)
    assert len(case.events) == before


STATES = {
    CaseStatus.OPEN: a_case,
    CaseStatus.DISMISSED: dismissed,
    CaseStatus.CONFIRMED: confirmed,
    CaseStatus.APPEALED: appealed,
    CaseStatus.UPHELD: lambda: decided(won=False),
    CaseStatus.OVERTURNED: lambda: decided(won=True),
}
VERBS = {
    "dismiss": (CaseStatus.OPEN, lambda case: case.dismiss(SECOND_OFFICER, "没有", NOW)),
    "confirm": (CaseStatus.OPEN, lambda case: case.confirm(SECOND_OFFICER, "有", 6, NOW, POLICY)),
    "appeal": (CaseStatus.CONFIRMED, lambda case: case.appeal("sealed", NOW, POLICY)),
    "decide": (
        CaseStatus.APPEALED,
        lambda case: case.decide_appeal(SECOND_OFFICER, won=True, reason="复查", now=NOW),
    ),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", STATES)
def test_a_transition_that_does_not_exist_is_refused_and_changes_nothing(status, verb):
    case = STATES[status]()
    before = (case.status, len(case.events))
    possible, act = VERBS[verb]
    if status is possible:
        act(case)
        assert len(case.events) == before[1] + 1
        return
    with pytest.raises(CaseImpossible) as refused:
        act(case)
    assert refused.value.details == {"status": status.value}
    assert (case.status, len(case.events)) == before


@pytest.mark.parametrize("status", STATES)
def test_the_learner_is_told_in_both_languages_and_sees_no_score(status):
    case = STATES[status]()
    text = notice_of(case) + evidence_of(case.facts[0])
    assert any("一" <= letter <= "鿿" for letter in text)
    assert "skipped" in text
    assert "{" not in text
    assert "120" not in text
    if status in BARRING:
        assert "2026-09-01" in text


def test_there_is_a_notice_for_each_state():
    assert set(NOTICES) == set(CaseStatus)


# ---- what it does to the enrolment ----

ENROLMENT = {"enrollment_id": "enrollment-1", "person_id": "person-1", "case_id": "case-1"}


def suspended():
    enrollment = a_studying_enrollment()
    enrollment.suspend("case-1", NOW + DAY)
    return enrollment


def test_a_case_suspends_its_enrolment():
    enrollment = suspended()
    assert enrollment.status is Status.SUSPENDED
    assert enrollment.events == [EnrollmentSuspended(**ENROLMENT)]
    assert enrollment.open_category == "level_two"


def test_a_dismissed_case_lets_it_go_on_with_the_time_that_was_lost():
    enrollment = suspended()
    closes_at = enrollment.closes_at
    enrollment.resume("case-1", NOW + 3 * DAY + SECOND)
    assert (enrollment.status, enrollment.closes_at) == (Status.ACTIVE, closes_at + 2 * DAY + SECOND)
    assert enrollment.events[1:] == [
        WindowExtended(
            enrollment_id="enrollment-1", person_id="person-1", closes_at=closes_at + 2 * DAY + SECOND,
            extended_ms=172_801_000, cause=ExtensionCause.SUSPENSION, outage_ids=[],
        ),
        EnrollmentResumed(**ENROLMENT, to_status="active"),
    ]  # fmt: skip


def test_what_an_outage_and_a_suspension_share_counts_once():
    enrollment = suspended()
    closes_at = enrollment.closes_at
    outage = Pause(began_at=NOW + 2 * DAY, ended_at=NOW + 4 * DAY, outage_id="o1")
    enrollment.extend_for_outages([outage], NOW + 4 * DAY)
    enrollment.resume("case-1", NOW + 3 * DAY)
    assert enrollment.closes_at == closes_at + 3 * DAY


def test_a_window_that_would_be_over_while_suspended_goes_on_after_it():
    enrollment = suspended()
    closes_at = enrollment.closes_at
    enrollment.expire(closes_at + DAY)
    assert enrollment.status is Status.SUSPENDED
    enrollment.resume("case-1", closes_at + DAY)
    assert enrollment.closes_at - (closes_at + DAY) == closes_at - (NOW + DAY)


def test_a_confirmed_case_bars_it_for_good_and_gives_no_refund():
    enrollment = suspended()
    enrollment.bar("case-1", NOW + 2 * DAY)
    assert (enrollment.status, enrollment.open_category) == (Status.BARRED, None)
    assert enrollment.events[1:] == [EnrollmentBarred(**ENROLMENT)]
    with pytest.raises(Impossible):
        enrollment.withdraw("退费", NOW + 3 * DAY)


def test_an_appeal_that_was_won_restores_what_it_was():
    enrollment = suspended()
    closes_at = enrollment.closes_at
    enrollment.bar("case-1", NOW + 2 * DAY)
    enrollment.resume("case-1", NOW + 11 * DAY)
    assert (enrollment.status, enrollment.open_category) == (Status.ACTIVE, "level_two")
    assert enrollment.closes_at == closes_at + 10 * DAY


@pytest.mark.parametrize(
    "status", [Status.COMPLETED, Status.ORGANISATION_REVIEW, Status.REPORTABLE, Status.PROVINCE_REVIEW]
)
def test_one_that_was_completed_comes_back_to_where_it_was(status):
    enrollment = a_studying_enrollment()
    enrollment.follow(status, 1, NOW)
    closes_at = enrollment.closes_at
    enrollment.suspend("case-1", NOW)
    enrollment.resume("case-1", NOW + DAY)
    assert (enrollment.status, enrollment.closes_at) == (status, closes_at)


def test_what_the_study_and_the_hours_record_do_while_it_is_suspended_is_caught_up():
    enrollment = suspended()
    enrollment.complete(NOW + DAY, NOW + DAY)
    assert enrollment.status is Status.SUSPENDED
    enrollment.follow(Status.ORGANISATION_REVIEW, 1, NOW + DAY)
    enrollment.resume("case-1", NOW + 2 * DAY)
    assert enrollment.status is Status.ORGANISATION_REVIEW


@pytest.mark.parametrize(
    "status", sorted({Status.CERTIFIED, Status.WITHDRAWN, Status.SUBMITTED, Status.APPROVED})
)
def test_one_that_is_not_under_way_is_neither_suspended_nor_barred(status):
    enrollment = an_enrollment()
    enrollment.status = status
    before = len(enrollment.events)
    enrollment.suspend("case-1", NOW)
    enrollment.bar("case-1", NOW)
    enrollment.resume("case-1", NOW)
    assert (enrollment.status, len(enrollment.events)) == (status, before)


def test_an_expired_one_is_suspended_too_and_expires_again_unless_it_was_completed_in_time():
    enrollment = a_studying_enrollment()
    closes_at = enrollment.closes_at
    enrollment.expire(closes_at)
    enrollment.suspend("case-1", closes_at + HOUR)
    assert enrollment.status is Status.SUSPENDED
    completed, unfinished = deepcopy(enrollment), enrollment
    completed.complete(closes_at, closes_at + 2 * HOUR)
    for each in (completed, unfinished):
        each.resume("case-1", closes_at + DAY)
        each.expire(closes_at + DAY)
    assert (completed.status, unfinished.status) == (Status.COMPLETED, Status.EXPIRED)


def test_a_suspended_learner_may_withdraw_and_nothing_brings_it_back():
    enrollment = suspended()
    enrollment.withdraw("不学了", NOW + 2 * DAY)
    enrollment.bar("case-1", NOW + 3 * DAY)
    enrollment.resume("case-1", NOW + 3 * DAY)
    assert enrollment.status is Status.WITHDRAWN


@given(st.permutations(["confirmed", "won"]), st.booleans())
def test_decisions_whose_events_come_in_another_order_come_to_the_same(order, again):
    enrollment = suspended()
    for decision in [*order, *(order if again else [])]:
        if decision == "confirmed":
            enrollment.bar("case-1", NOW + 2 * DAY)
        else:
            enrollment.resume("case-1", NOW + 3 * DAY)
    assert enrollment.status is Status.ACTIVE


def test_an_old_case_decides_nothing_while_a_newer_one_is_open():
    enrollment = suspended()
    enrollment.resume("case-1", NOW + 2 * DAY)
    enrollment.suspend("case-2", NOW + 3 * DAY)
    enrollment.resume("case-1", NOW + 4 * DAY)
    enrollment.suspend("case-2", NOW + 4 * DAY)
    assert (enrollment.status, enrollment.suspended_at) == (Status.SUSPENDED, NOW + 3 * DAY)
