"""A declaration keeps the terms of its plan; its learner and its organisation alone see it (R2, R5)."""

from dataclasses import replace

import pytest

from services.enrollment.domain import Enrollment, PersonalData
from services.enrollment.domain.access import scope_of, visible_to
from services.enrollment.tests.builders import NOW, a_plan, an_enrollment, personal_data
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.terms import Role, StudyPolicy

LEARNER = Principal(account_id="a1", role=Role.LEARNER, person_id="person-1")
TERMS = (
    "organisation", "batch", "category", "specialty", "course_id", "fee_fen", "class_opens_at", "policy",
)  # fmt: skip
STAFF = Principal(account_id="a2", role=Role.ORGANISATION, organisation="武汉造价协会")


def test_a_declaration_keeps_the_terms_of_its_plan():
    plan = a_plan(
        "plan-9", batch="2026-9", course_id="course-9", fee_fen=1, policy=StudyPolicy(hour_seconds=7)
    )
    enrollment = Enrollment.declare(
        "e9", plan, person_id="p9", photo_id="photo-9", personal="sealed-9", now=NOW
    )
    terms = (
        "organisation",
        "batch",
        "category",
        "specialty",
        "course_id",
        "fee_fen",
        "class_opens_at",
        "policy",
    )
    assert [getattr(enrollment, name) for name in terms] == [getattr(plan, name) for name in terms]
    who = (enrollment.id, enrollment.plan_id, enrollment.person_id, enrollment.photo_id, enrollment.personal)
    assert who == ("e9", "plan-9", "p9", "photo-9", "sealed-9")
    assert [step.at for step in enrollment.history] == [NOW]


@pytest.mark.parametrize("principal", [LEARNER, STAFF], ids=["learner", "staff"])
def test_its_learner_and_its_organisation_see_a_declaration(principal):
    visible_to(principal)(an_enrollment())


@pytest.mark.parametrize(
    "principal",
    [
        replace(LEARNER, person_id="person-2"),
        replace(LEARNER, person_id=None),
        replace(LEARNER, organisation="武汉造价协会", person_id="person-2"),
        replace(STAFF, organisation="别的机构"),
        replace(STAFF, organisation=None),
        replace(STAFF, organisation="别的机构", person_id="person-1"),
    ],
    ids=[
        "another learner",
        "no person",
        "learner of the organisation",
        "other staff",
        "no organisation",
        "a person",
    ],
)
def test_for_others_a_declaration_does_not_exist(principal):
    with pytest.raises(NotFound) as refused:
        visible_to(principal)(an_enrollment())
    assert refused.value.details == {"what": "Enrollment"}


def test_a_query_asks_for_what_the_check_lets_pass():
    assert scope_of(LEARNER) == {"person_id": "person-1"}
    assert scope_of(STAFF) == {"organisation": "武汉造价协会"}
    assert scope_of(replace(LEARNER, person_id=None)) == {"person_id": ""}
    assert scope_of(replace(STAFF, organisation=None)) == {"organisation": ""}


def test_sealed_personal_data_come_back_as_they_were():
    declared = personal_data()
    assert PersonalData.from_json(declared.to_json()) == declared
    assert declared.name in declared.to_json()
