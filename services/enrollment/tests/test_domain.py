"""Rules of enrolment, without anything around them."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain import Status, check_id_number
from services.enrollment.domain.errors import FeeTooLow, Impossible
from services.enrollment.domain.id_number import IdNumberInvalid
from services.enrollment.domain.personal import FieldInvalid
from services.enrollment.domain.plan import PlanFull, PlanInvalid, PlanMismatch, RegistrationClosed
from services.enrollment.domain.standing import Step
from services.enrollment.domain.status import TERMINAL
from services.enrollment.domain.window import months_later
from services.enrollment.tests.builders import (
    ID_NUMBER,
    NOW,
    a_plan,
    a_studying_enrollment,
    an_enrollment,
    personal_data,
)
from shared.events.enrollment import (
    DeclarationApproved,
    DeclarationRejected,
    DeclarationSubmitted,
    DeclarationWithdrawn,
    EnrollmentAdvanced,
    LearningOpened,
    PlanPublished,
)
from shared.events.terms import LicenceCategory, StudyPolicy

TODAY = date(2026, 3, 1)
HOUR = timedelta(hours=1)


def kinds(aggregate):
    return [type(it) for it in aggregate.events]


# ---- ID numbers (R2, GB 11643-1999) ----


def test_the_example_of_the_standard_has_a_right_checksum():
    assert check_id_number("11010519491231002X", TODAY) == "11010519491231002X"


# Their last characters were computed by the recursive method of ISO 7064, without the weights.
@pytest.mark.parametrize("number", ["123456198712312345", "987654197911198765"])
def test_a_number_with_a_digit_in_every_place_has_a_right_checksum(number):
    assert check_id_number(number, TODAY) == number


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


@given(place=st.integers(0, 16), digit=st.integers(0, 9))
def test_any_single_wrong_digit_is_found(place, digit):
    changed = ID_NUMBER[:place] + str(digit) + ID_NUMBER[place + 1 :]
    if changed == ID_NUMBER:
        return
    with pytest.raises(IdNumberInvalid):
        check_id_number(changed, TODAY)


def test_a_person_is_born_before_today():
    born_on = date(1990, 1, 1)
    assert check_id_number(ID_NUMBER, born_on + timedelta(days=1)) == ID_NUMBER
    with pytest.raises(IdNumberInvalid) as refused:
        check_id_number(ID_NUMBER, born_on)
    assert refused.value.details == {"reason": "birth_date"}


def test_all_digits_of_the_birth_date_are_read():
    with pytest.raises(IdNumberInvalid) as refused:
        check_id_number("420106199001321234", TODAY)  # 32 January
    assert refused.value.details == {"reason": "birth_date"}


# ---- personal data (R2) ----


def test_checked_data_are_the_same_with_a_normalised_id_number():
    personal = personal_data(id_number=" 11010519491231002x ", company="造价咨询公司")
    assert personal.checked(TODAY) == replace(personal, id_number="11010519491231002X")


def test_a_wrong_id_number_is_refused_with_the_other_data():
    with pytest.raises(IdNumberInvalid):
        personal_data(id_number="420106199001011234").checked(TODAY)


def test_personal_data_are_sealed_as_readable_json():
    text = personal_data().to_json()
    assert json.loads(text) == {
        "name": "张三",
        "id_number": ID_NUMBER,
        "phone": "13800000001",
        "email": "zhangsan@example.com",
        "licence_number": "建[造]21420000001",
        "licence_issued_on": "2022-06-01",
        "registration_number": None,
        "company": None,
    }
    assert "张三" in text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "张三"),
        ("name", "买买提·艾合买提" * 6 + "买买"),  # 50 characters
        ("phone", "13000000000"),
        ("phone", "19999999999"),
        ("email", "a" * 64 + "@" + "b" * 185 + ".cn"),  # 253 characters
        ("email", "a" * 64 + "@" + "b" * 186 + ".cn"),  # 254 characters
        ("licence_number", "1234"),
        ("licence_number", "1" * 40),
        ("licence_issued_on", date(1980, 1, 1)),
        ("licence_issued_on", TODAY),
    ],
)
def test_what_is_just_usable_is_taken(field, value):
    assert getattr(personal_data(**{field: value}).checked(TODAY), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "张" * 51),
        ("name", " 张 "),
        ("phone", "12999999999"),
        ("phone", "1380000000"),
        ("email", "a" * 64 + "@" + "b" * 187 + ".cn"),  # 255 characters
        ("email", "a" * 65 + "@example.com"),
        ("licence_number", "123"),
        ("licence_number", "1" * 41),
        ("licence_number", "  1  "),
        ("licence_issued_on", date(1979, 12, 31)),
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
    assert plan.events == [
        PlanPublished(
            plan_id="plan-1", organisation="武汉造价协会", batch="2026-1", category=LicenceCategory.LEVEL_TWO,
            specialty="土木建筑", course_id="course-1", seats=2, fee_fen=60_000,
            registration_from=NOW - timedelta(days=1), registration_until=NOW + timedelta(days=30),
            class_opens_at=NOW - timedelta(hours=1), policy=StudyPolicy(),
        )
    ]  # fmt: skip


def hours(compulsory, elective):
    return {"policy": StudyPolicy(compulsory_hours=compulsory, elective_hours=elective)}


@pytest.mark.parametrize(
    "change",
    [
        {"seats": 1},
        {"seats": 10_000},
        {"fee_fen": 0},
        {"registration_until": NOW - timedelta(days=1) + timedelta(microseconds=1)},
        hours(1, 0),
        hours(0, 1),
        {"policy": StudyPolicy(hour_seconds=1)},
        {"policy": StudyPolicy(report_period_s=1)},
        {"policy": StudyPolicy(report_period_s=60)},
    ],
)
def test_a_plan_at_the_edge_of_what_is_possible_is_published(change):
    plan = a_plan(**change)
    plan.publish()
    assert kinds(plan) == [PlanPublished]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("seats", {"seats": 0}),
        ("seats", {"seats": 10_001}),
        ("fee_fen", {"fee_fen": -1}),
        ("registration_until", {"registration_until": NOW - timedelta(days=1)}),
        ("hours", hours(0, 0)),
        ("report_period_s", {"policy": StudyPolicy(report_period_s=0)}),
        ("report_period_s", {"policy": StudyPolicy(report_period_s=61)}),
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


def test_releasing_a_seat_that_nobody_holds_changes_nothing():
    plan = a_plan()
    plan.take_seat("first", NOW)
    plan.release_seat("nobody")
    assert plan.taken == {"first": NOW}


def test_a_full_plan_says_how_many_seats_it_has():
    plan = a_plan(seats=1)
    plan.take_seat("first", NOW)
    with pytest.raises(PlanFull) as refused:
        plan.take_seat("second", NOW)
    assert refused.value.details == {"seats": 1}


@pytest.mark.parametrize(
    "moment", [NOW - timedelta(days=1), NOW + timedelta(days=30) - timedelta(microseconds=1)]
)
def test_registration_is_open_from_its_first_moment_to_before_its_last(moment):
    plan = a_plan()
    plan.take_seat("a", moment)
    assert plan.taken == {"a": moment}


@pytest.mark.parametrize(
    "moment", [NOW - timedelta(days=1, microseconds=1), NOW - timedelta(days=2), NOW + timedelta(days=30)]
)
def test_outside_the_registration_window_no_seat_is_given(moment):
    plan = a_plan()
    with pytest.raises(RegistrationClosed) as refused:
        plan.take_seat("a", moment)
    assert refused.value.details == {
        "opens": NOW - timedelta(days=1),
        "closes": NOW + timedelta(days=30),
    }
    assert plan.taken == {}


def test_a_seat_without_a_declaration_is_found_after_five_minutes():
    plan = a_plan()
    plan.take_seat("lost", NOW)
    assert plan.unclaimed(NOW + timedelta(minutes=5)) == []
    assert plan.unclaimed(NOW + timedelta(minutes=5, milliseconds=1)) == ["lost"]


@pytest.mark.parametrize(
    ("category", "specialty", "field"),
    [
        (LicenceCategory.LEVEL_TWO, "安装工程", "specialty"),
        (LicenceCategory.LEVEL_ONE, "土木建筑", "category"),
    ],
)
def test_a_declaration_for_another_category_or_specialty_does_not_fit(category, specialty, field):
    with pytest.raises(PlanMismatch) as refused:
        a_plan().check_fit(category, specialty)
    assert refused.value.details == {"field": field}


def test_a_declaration_for_the_category_and_specialty_of_the_plan_fits():
    a_plan().check_fit(LicenceCategory.LEVEL_TWO, "土木建筑")


# ---- declarations (R5, R8) ----


def test_a_submitted_declaration_says_so_and_keeps_its_history():
    enrollment = an_enrollment()
    assert enrollment.events == [submitted()]
    assert enrollment.history == [Step(at=NOW, status=Status.SUBMITTED)]
    assert enrollment.open_category == "level_two"  # a second declaration meets it (R6)


def submitted(photo="photo-1", personal="sealed"):
    return DeclarationSubmitted(
        enrollment_id="enrollment-1", plan_id="plan-1", person_id="person-1", organisation="武汉造价协会",
        batch="2026-1", category=LicenceCategory.LEVEL_TWO, specialty="土木建筑", fee_fen=60_000,
        photo_id=photo, personal=personal,
    )  # fmt: skip


def test_a_rejected_declaration_can_be_corrected_and_approved():
    enrollment = an_enrollment()
    enrollment.reject("staff-1", "照片不清晰", NOW + HOUR)
    enrollment.correct("photo-2", "sealed-2", NOW + 2 * HOUR)
    enrollment.approve("staff-2", NOW + 3 * HOUR)
    ids = {"enrollment_id": "enrollment-1", "person_id": "person-1"}
    assert enrollment.events == [
        submitted(),
        DeclarationRejected(**ids, reviewer_id="staff-1", reason="照片不清晰"),
        submitted("photo-2", "sealed-2"),
        DeclarationApproved(**ids, reviewer_id="staff-2"),
    ]
    assert enrollment.history == [
        Step(at=NOW, status=Status.SUBMITTED),
        Step(at=NOW + HOUR, status=Status.REJECTED, reason="照片不清晰"),
        Step(at=NOW + 2 * HOUR, status=Status.SUBMITTED),
        Step(at=NOW + 3 * HOUR, status=Status.APPROVED),
    ]
    assert enrollment.open_category == "level_two"


def test_a_refusal_names_the_state_that_forbids_it():
    enrollment = an_enrollment()
    enrollment.approve("staff", NOW)
    with pytest.raises(Impossible) as refused:
        enrollment.approve("staff", NOW)
    assert refused.value.details == {"status": "approved"}


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
    assert enrollment.history[-1] == Step(at=NOW, status=Status.ACTIVE)
    opens = NOW - HOUR
    assert enrollment.events[-1] == LearningOpened(
        enrollment_id="enrollment-1", person_id="person-1", plan_id="plan-1", course_id="course-1",
        specialty="土木建筑", opened_at=opens, closes_at=months_later(opens, 3), policy=StudyPolicy(),
    )  # fmt: skip
    assert enrollment.events[-1].closes_at == datetime(2026, 6, 1, 3, tzinfo=UTC)


def test_learning_waits_for_the_class_to_start():
    enrollment = an_enrollment(class_opens_at=NOW + timedelta(days=1))
    enrollment.approve("staff", NOW)
    enrollment.confirm_payment(60_000, NOW)
    assert enrollment.status is Status.APPROVED
    enrollment.open_when_ready(NOW + timedelta(days=1))
    assert enrollment.status is Status.ACTIVE


def test_a_short_fee_is_refused():
    enrollment = an_enrollment(fee_fen=60_000)
    with pytest.raises(FeeTooLow) as refused:
        enrollment.confirm_payment(59_999, NOW)
    assert refused.value.details == {"expected": 60_000, "received": 59_999}
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
    enrollment.withdraw("换单位", NOW + HOUR)
    assert enrollment.open_category is None
    assert enrollment.history[-1] == Step(at=NOW + HOUR, status=Status.WITHDRAWN, reason="换单位")
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


WAY_OF_A_FILE = (
    Status.ORGANISATION_REVIEW,
    Status.REPORTABLE,
    Status.PROVINCE_REVIEW,
    Status.ORGANISATION_REVIEW,  # the province sent it back
    Status.REPORTABLE,
    Status.PROVINCE_REVIEW,
    Status.CERTIFIED,
)


@given(st.lists(st.integers(1, len(WAY_OF_A_FILE)), min_size=1, max_size=20), st.integers(0, 20))
def test_whatever_order_the_facts_of_the_file_come_in_the_latest_one_holds(order, studied):
    enrollment = an_enrollment()
    enrollment.approve("staff", NOW)
    enrollment.confirm_payment(60_000, NOW)
    for place, sequence in enumerate(order):
        if place == studied:
            enrollment.complete(NOW, NOW)
        enrollment.follow(WAY_OF_A_FILE[sequence - 1], sequence, NOW)
    assert enrollment.status is WAY_OF_A_FILE[max(order) - 1]


def test_each_step_to_the_certificate_is_an_event_and_a_line_of_the_history():
    enrollment = a_studying_enrollment()
    enrollment.complete(NOW, NOW + HOUR)
    enrollment.follow(Status.REPORTABLE, 2, NOW + 2 * HOUR)
    ids = {"enrollment_id": "enrollment-1", "person_id": "person-1"}
    assert enrollment.events == [
        EnrollmentAdvanced(**ids, from_status="active", to_status="completed"),
        EnrollmentAdvanced(**ids, from_status="completed", to_status="reportable"),
    ]
    assert enrollment.history[-2:] == [
        Step(at=NOW + HOUR, status=Status.COMPLETED),
        Step(at=NOW + 2 * HOUR, status=Status.REPORTABLE),
    ]
    assert enrollment.open_category == "level_two"


def test_a_repeat_of_the_last_step_of_the_file_is_no_second_step():
    enrollment = a_studying_enrollment()
    for _ in range(2):
        enrollment.follow(Status.REPORTABLE, 2, NOW)
    assert kinds(enrollment) == [EnrollmentAdvanced]


def test_a_certified_enrolment_lets_the_next_declaration_in():
    enrollment = a_studying_enrollment()
    enrollment.follow(Status.CERTIFIED, 1, NOW)
    assert (enrollment.status, enrollment.open_category) == (Status.CERTIFIED, None)


def test_a_withdrawn_enrolment_follows_its_file_no_more():
    enrollment = an_enrollment()
    enrollment.withdraw("换单位", NOW)
    enrollment.follow(Status.REPORTABLE, 1, NOW)
    assert enrollment.status is Status.WITHDRAWN


# ---- the study window (R9) ----


def test_the_window_is_three_calendar_months_in_china():
    opens = datetime(2026, 11, 29, 16, 30, tzinfo=UTC)  # 30 November 00:30 in China
    assert months_later(opens, 3) == datetime(2027, 2, 27, 16, 30, tzinfo=UTC)


def test_the_window_ends_on_the_same_day_of_the_month_where_there_is_one():
    assert months_later(NOW, 3) == datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


def test_the_end_of_the_window_keeps_the_time_zone_of_its_beginning():
    tokyo = timezone(timedelta(hours=9))
    closes = months_later(datetime(2026, 3, 1, 13, 0, tzinfo=tokyo), 3)
    assert closes.isoformat() == "2026-06-01T13:00:00+09:00"


@pytest.mark.parametrize(
    ("opens", "months", "closes"),
    [
        (datetime(2026, 9, 15, 4, tzinfo=UTC), 3, datetime(2026, 12, 15, 4, tzinfo=UTC)),
        (datetime(2026, 10, 15, 4, tzinfo=UTC), 3, datetime(2027, 1, 15, 4, tzinfo=UTC)),
        (datetime(2027, 11, 30, 4, tzinfo=UTC), 3, datetime(2028, 2, 29, 4, tzinfo=UTC)),
        (datetime(2026, 3, 1, 4, tzinfo=UTC), 0, datetime(2026, 3, 1, 4, tzinfo=UTC)),
    ],
)
def test_the_window_runs_over_years_and_leap_days(opens, months, closes):
    assert months_later(opens, months) == closes
