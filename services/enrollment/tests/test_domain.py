"""Rules of enrolment, without anything around them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain import Status, check_id_number
from services.enrollment.domain.errors import FeeTooLow, Impossible
from services.enrollment.domain.id_number import IdNumberInvalid
from services.enrollment.domain.personal import FieldInvalid
from services.enrollment.domain.plan import (
    MAX_UNCLAIMED,
    PlanFull,
    PlanInvalid,
    PlanMismatch,
    RegistrationClosed,
)
from services.enrollment.domain.status import TERMINAL
from services.enrollment.domain.window import study_window_closes
from services.enrollment.tests.builders import ID_NUMBER, NOW, a_plan, an_enrollment, personal_data
from shared.events.enrollment import (
    DeclarationApproved,
    DeclarationRejected,
    DeclarationSubmitted,
    DeclarationWithdrawn,
    LearningOpened,
    PlanPublished,
)
from shared.events.terms import LicenceCategory, StudyPolicy

TODAY = date(2026, 3, 1)


def kinds(aggregate):
    return [type(event) for event in aggregate.events]


# ---- ID numbers (R2, GB 11643-1999) ----


def test_the_example_of_the_standard_has_a_right_checksum():
    assert check_id_number("11010519491231002X", TODAY) == "11010519491231002X"


def test_a_small_x_and_spaces_are_normalised():
    assert check_id_number(" 11010519491231002x ", TODAY) == "11010519491231002X"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("420106900101123", "form"),
        ("42010619900101123A", "form"),
        ("420106199002301230", "birth_date"),
        ("420106209001011238", "birth_date"),
        ("420106199001011234", "checksum"),
    ],
)
def test_a_wrong_id_number_is_refused_with_its_reason(number, reason):
    with pytest.raises(IdNumberInvalid) as refused:
        check_id_number(number, TODAY)
    assert refused.value.details == {"reason": reason}


@given(index=st.integers(0, 16), digit=st.integers(0, 9))
def test_any_single_wrong_digit_is_found(index, digit):
    changed = ID_NUMBER[:index] + str(digit) + ID_NUMBER[index + 1 :]
    if changed == ID_NUMBER:
        return
    with pytest.raises(IdNumberInvalid):
        check_id_number(changed, TODAY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "张"),
        ("phone", "12345678901"),
        ("email", "nobody"),
        ("licence_number", "1"),
        ("licence_issued_on", date(2026, 3, 2)),
    ],
)
def test_a_field_that_is_not_usable_is_named(field, value):
    with pytest.raises(FieldInvalid) as refused:
        personal_data(**{field: value}).checked(TODAY)
    assert refused.value.details == {"field": field}


# ---- plans and seats (R1) ----


def test_a_published_plan_says_so():
    plan = a_plan()
    plan.publish()
    assert kinds(plan) == [PlanPublished]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("seats", {"seats": 0}),
        ("fee_fen", {"fee_fen": -1}),
        ("registration_until", {"registration_until": NOW - timedelta(days=2)}),
        ("hour_seconds", {"policy": StudyPolicy(hour_seconds=0)}),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(field, change):
    plan = a_plan(**change)
    with pytest.raises(PlanInvalid) as refused:
        plan.publish()
    assert refused.value.details == {"field": field}
    assert plan.events == []


@given(st.lists(st.sampled_from("abcdef"), max_size=20))
def test_seats_never_oversell(askers):
    plan = a_plan(seats=3)
    for asker in askers:
        try:
            plan.take_seat(asker, NOW)
        except PlanFull:
            assert len(plan.taken) == 3
            assert asker not in plan.taken
    assert len(plan.taken) == min(3, len(set(askers)))


def test_a_released_seat_can_be_taken_again():
    plan = a_plan(seats=1)
    plan.take_seat("first", NOW)
    plan.release_seat("first")
    plan.take_seat("second", NOW)
    assert list(plan.taken) == ["second"]


@pytest.mark.parametrize("moment", [NOW - timedelta(days=2), NOW + timedelta(days=30)])
def test_outside_the_registration_window_no_seat_is_given(moment):
    plan = a_plan()
    with pytest.raises(RegistrationClosed):
        plan.take_seat("a", moment)
    assert plan.taken == {}


def test_a_seat_without_a_declaration_is_found_after_five_minutes():
    plan = a_plan()
    plan.take_seat("lost", NOW)
    assert plan.unclaimed(NOW + MAX_UNCLAIMED) == []
    assert plan.unclaimed(NOW + MAX_UNCLAIMED + timedelta(milliseconds=1)) == ["lost"]


def test_a_declaration_for_another_specialty_does_not_fit():
    with pytest.raises(PlanMismatch):
        a_plan().check_fit(LicenceCategory.LEVEL_TWO, "安装工程")


# ---- declarations (R5, R8) ----


def test_a_submitted_declaration_says_so_and_keeps_its_history():
    enrollment = an_enrollment()
    assert kinds(enrollment) == [DeclarationSubmitted]
    assert [step.status for step in enrollment.history] == [Status.SUBMITTED]


def test_a_rejected_declaration_can_be_corrected_and_approved():
    enrollment = an_enrollment()
    enrollment.reject("staff", "照片不清晰", NOW)
    enrollment.correct("photo-2", "sealed-2", NOW)
    enrollment.approve("staff", NOW)
    assert kinds(enrollment) == [
        DeclarationSubmitted, DeclarationRejected, DeclarationSubmitted, DeclarationApproved,
    ]  # fmt: skip
    assert enrollment.history[1].reason == "照片不清晰"


def test_an_approved_declaration_cannot_be_changed():
    enrollment = an_enrollment()
    enrollment.approve("staff", NOW)
    with pytest.raises(Impossible):
        enrollment.correct("photo-2", "sealed-2", NOW)
    assert enrollment.photo_id == "photo-1"


@pytest.mark.parametrize("paid_first", [True, False])
def test_learning_opens_when_approved_and_paid_in_either_order(paid_first):
    enrollment = an_enrollment()
    steps = [lambda: enrollment.confirm_payment(60_000, NOW), lambda: enrollment.approve("staff", NOW)]
    for step in steps if paid_first else reversed(steps):
        step()
    assert enrollment.status is Status.ACTIVE
    assert kinds(enrollment)[-1] is LearningOpened


def test_learning_waits_for_the_class_to_start():
    enrollment = an_enrollment(class_opens_at=NOW + timedelta(days=1))
    enrollment.approve("staff", NOW)
    enrollment.confirm_payment(60_000, NOW)
    assert enrollment.status is Status.APPROVED
    enrollment.open_when_ready(NOW + timedelta(days=1))
    assert enrollment.status is Status.ACTIVE


def test_a_short_fee_is_refused():
    enrollment = an_enrollment(fee_fen=60_000)
    with pytest.raises(FeeTooLow):
        enrollment.confirm_payment(59_999, NOW)
    assert not enrollment.paid


def test_a_second_confirmation_changes_nothing():
    enrollment = an_enrollment()
    enrollment.approve("staff", NOW)
    enrollment.confirm_payment(60_000, NOW)
    before = len(enrollment.events)
    enrollment.confirm_payment(60_000, NOW)
    assert len(enrollment.events) == before


def test_withdrawing_frees_the_category_and_says_whether_a_refund_is_due():
    enrollment = an_enrollment()
    enrollment.confirm_payment(60_000, NOW)
    enrollment.withdraw("换单位", NOW)
    assert enrollment.open_category is None
    assert enrollment.events[-1] == DeclarationWithdrawn(
        enrollment_id="enrollment-1", person_id="person-1", reason="换单位", paid=True
    )


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_nothing_leaves_a_terminal_state(status):
    enrollment = an_enrollment()
    enrollment.status = status
    for act in (
        lambda: enrollment.approve("staff", NOW),
        lambda: enrollment.reject("staff", "no", NOW),
        lambda: enrollment.withdraw("no", NOW),
        lambda: enrollment.correct("p", "s", NOW),
    ):
        with pytest.raises(Impossible):
            act()
    assert enrollment.status is status


WAY_OF_A_RECORD = (
    Status.ORGANISATION_REVIEW,
    Status.REPORTABLE,
    Status.PROVINCE_REVIEW,
    Status.ORGANISATION_REVIEW,  # the province sent it back
    Status.REPORTABLE,
    Status.PROVINCE_REVIEW,
    Status.CERTIFIED,
)


@given(st.lists(st.integers(1, len(WAY_OF_A_RECORD)), min_size=1, max_size=20), st.integers(0, 20))
def test_whatever_order_the_events_of_the_record_come_in_the_latest_one_holds(order, studied):
    enrollment = an_enrollment()
    enrollment.approve("staff", NOW)
    enrollment.confirm_payment(60_000, NOW)
    for number, sequence in enumerate(order):
        if number == studied:
            enrollment.complete(NOW)
        enrollment.follow(WAY_OF_A_RECORD[sequence - 1], sequence, NOW)
    assert enrollment.status is WAY_OF_A_RECORD[max(order) - 1]


def test_a_withdrawn_enrolment_follows_its_hours_record_no_more():
    enrollment = an_enrollment()
    enrollment.withdraw("换单位", NOW)
    enrollment.follow(Status.REPORTABLE, 1, NOW)
    assert enrollment.status is Status.WITHDRAWN


# ---- the study window (R9) ----


def test_the_window_is_three_calendar_months_in_china():
    opens = datetime(2026, 11, 29, 16, 30, tzinfo=UTC)  # 30 November 00:30 in China
    assert study_window_closes(opens, 3) == datetime(2027, 2, 27, 16, 30, tzinfo=UTC)


def test_the_window_ends_on_the_same_day_of_the_month_where_there_is_one():
    assert study_window_closes(NOW, 3) == datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
