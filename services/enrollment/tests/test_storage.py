"""Plans and enrolments on the real MongoDB."""

from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex

import pytest

from services.enrollment.domain import Status
from services.enrollment.domain.errors import SecondDeclaration
from services.enrollment.domain.plan import PlanFull
from services.enrollment.storage import Enrollments, Plans
from services.enrollment.tests.builders import NOW, a_plan, an_enrollment

pytestmark = pytest.mark.usefixtures("database")


def test_a_plan_comes_back_as_it_was():
    plan = a_plan(id=token_hex(8))
    plan.take_seat("enrollment-1", NOW)
    Plans().add(plan)
    assert Plans().get(plan.id) == plan


def test_an_enrolment_comes_back_as_it_was():
    enrollment = an_enrollment(id=token_hex(8), person_id=token_hex(8))
    enrollment.approve("staff", NOW)
    Enrollments().add(enrollment)
    assert Enrollments().get(enrollment.id) == enrollment


# ---- seats (R1) ----


def test_seats_never_oversell_whatever_the_concurrency():
    plan = Plans().add(a_plan(id=token_hex(8), seats=3))

    def take(number):
        try:
            return Plans().update_and_get(plan.id, lambda plan: plan.take_seat(f"e{number}", NOW))
        except PlanFull:
            return None

    with ThreadPoolExecutor(8) as pool:
        served = [plan for plan in pool.map(take, range(24)) if plan]
    assert len(served) == len(Plans().get(plan.id).taken) == 3


# ---- one specialty at a time (R6) ----


def test_one_open_declaration_a_person_and_category_whatever_the_concurrency():
    person = token_hex(8)

    def declare(_):
        try:
            return Enrollments().add(an_enrollment(id=token_hex(8), person_id=person))
        except SecondDeclaration:
            return None

    with ThreadPoolExecutor(8) as pool:
        written = [enrollment for enrollment in pool.map(declare, range(16)) if enrollment]
    assert len(written) == 1


def test_after_a_withdrawal_the_person_can_declare_again():
    person = token_hex(8)
    first = Enrollments().add(an_enrollment(id=token_hex(8), person_id=person))
    Enrollments().update(first.id, lambda enrollment: enrollment.withdraw("换单位", NOW))
    second = Enrollments().add(an_enrollment(id=token_hex(8), person_id=person))
    assert (Enrollments().get(first.id).status, second.status) == (Status.WITHDRAWN, Status.SUBMITTED)


def test_a_rejected_declaration_lets_another_in_and_is_not_corrected_beside_it():
    person = token_hex(8)
    first = Enrollments().add(an_enrollment(id=token_hex(8), person_id=person))
    Enrollments().update(first.id, lambda enrollment: enrollment.reject("staff", "照片不清晰", NOW))
    Enrollments().add(an_enrollment(id=token_hex(8), person_id=person))
    with pytest.raises(SecondDeclaration):
        Enrollments().update(first.id, lambda enrollment: enrollment.correct("photo-2", "sealed", NOW))
    assert Enrollments().get(first.id).status is Status.REJECTED
