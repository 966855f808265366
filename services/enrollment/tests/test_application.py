"""What events and timers bring about, on the real MongoDB."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_hex

import pytest

from services.enrollment.application import learning, payments, seats
from services.enrollment.application.plans import publish
from services.enrollment.domain import Status
from services.enrollment.domain.errors import FeeTooLow
from services.enrollment.domain.plan import MAX_UNCLAIMED
from services.enrollment.storage import Enrollments, Plans
from services.enrollment.tests.builders import NOW, a_plan, an_enrollment, plan_terms, published
from shared.domain.principal import Forbidden, Principal
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceRejected,
    Verdict,
)
from shared.events.enrollment import (
    DeclarationWithdrawn,
    EnrollmentAdvanced,
    EnrollmentExpired,
    LearningOpened,
)
from shared.events.learning import StudyCompleted
from shared.events.payment import PaymentConfirmed
from shared.events.terms import Channel, Role

pytestmark = pytest.mark.usefixtures("database")
plans, enrollments = Plans(), Enrollments()


def staff_of(organisation):
    return Principal(account_id="staff-1", role=Role.ORGANISATION, organisation=organisation)


def test_a_plan_belongs_to_the_organisation_of_the_staff_who_publish_it():
    plan = publish(plans, plan_terms(), staff_of("another"))
    stored = plans.get(plan.id)
    assert (stored.organisation, stored.fee_fen, stored.taken) == ("another", 60_000, {})


@pytest.mark.parametrize("organisation", [None, ""])
def test_staff_of_no_organisation_publish_nothing(organisation):
    before = plans.rows.count_documents({})
    with pytest.raises(Forbidden):
        publish(plans, plan_terms(), staff_of(organisation))
    assert plans.rows.count_documents({}) == before


@pytest.fixture
def enrollment():
    return enrollments.add(an_enrollment(id=token_hex(8), person_id=token_hex(8)))


@pytest.fixture
def studying(enrollment):
    """Approved, paid, and learning."""
    return enrollments.update_and_get(enrollment.id, approve_and_pay)


def approve_and_pay(enrollment):
    enrollment.approve("staff", NOW)
    enrollment.confirm_payment(60_000, NOW)


def payment_of(enrollment, amount_fen=60_000):
    paid = PaymentConfirmed(
        order_id="order-1",
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        amount_fen=amount_fen,
        channel=Channel.WECHAT,
        transaction_id="4200001",
        paid_at=NOW,
    )
    return published(paid, enrollment.id)


def recorded(id):
    """What has been recorded and not been sent yet: no events process runs here."""
    return [json.loads(entry["body"]) for entry in enrollments.rows.find_one({"_id": id})["outbox"]]


def types(id):
    return [event["type"] for event in recorded(id)]


# ---- payment (R8) ----


def test_the_fee_of_an_approved_declaration_opens_learning_once(enrollment):
    enrollments.update(enrollment.id, lambda enrollment: enrollment.approve("staff", NOW))
    paid = payment_of(enrollment)
    for _ in range(2):
        payments.confirm_payment(enrollments, paid, NOW)
    assert enrollments.get(enrollment.id).status is Status.ACTIVE
    assert types(enrollment.id).count(LearningOpened.TYPE) == 1


def test_a_short_fee_is_refused_and_changes_nothing(enrollment):
    with pytest.raises(FeeTooLow):
        payments.confirm_payment(enrollments, payment_of(enrollment, 59_999), NOW)
    assert enrollments.get(enrollment.id) == enrollment


# ---- the start of the class (R8) ----


def test_classes_open_when_they_start_for_those_who_are_approved_and_paid():
    starts = NOW + timedelta(days=1)
    ready, unpaid = (
        enrollments.add(an_enrollment(id=token_hex(8), person_id=token_hex(8), class_opens_at=starts))
        for _ in range(2)
    )
    enrollments.update(ready.id, approve_and_pay)
    enrollments.update(unpaid.id, lambda enrollment: enrollment.approve("staff", NOW))
    learning.open_started_classes(enrollments, starts - timedelta(milliseconds=1))
    assert enrollments.get(ready.id).status is Status.APPROVED
    learning.open_started_classes(enrollments, starts)
    assert enrollments.get(ready.id).status is Status.ACTIVE
    assert enrollments.get(unpaid.id).status is Status.APPROVED


# ---- seats (R1, R5) ----


def test_a_withdrawn_declaration_gives_its_seat_back():
    plan = a_plan(id=token_hex(8))
    leaving = enrollments.add(an_enrollment(id=token_hex(8), person_id=token_hex(8), plan_id=plan.id))
    for id in (leaving.id, "another"):
        plan.take_seat(id, NOW)
    plans.add(plan)
    withdrawn = DeclarationWithdrawn(
        enrollment_id=leaving.id, person_id=leaving.person_id, reason="换单位", paid=False
    )
    seats.release(plans, enrollments, published(withdrawn, leaving.id))
    assert list(plans.get(plan.id).taken) == ["another"]


def test_only_a_seat_that_no_declaration_claims_is_released():
    plan = a_plan(id=token_hex(8), seats=3)
    claimed = enrollments.add(an_enrollment(id=token_hex(8), person_id=token_hex(8), plan_id=plan.id))
    for id, taken_at in ((claimed.id, NOW), ("lost", NOW), ("just taken", NOW + timedelta(seconds=1))):
        plan.take_seat(id, taken_at)
    plans.add(plan)
    seats.release_unclaimed(plans, enrollments, NOW + MAX_UNCLAIMED + timedelta(milliseconds=1))
    assert set(plans.get(plan.id).taken) == {claimed.id, "just taken"}


# ---- from the study to the certificate (R28–R30) ----


def completed(enrollment, at=NOW):
    study = StudyCompleted(
        enrollment_id=enrollment.id, person_id=enrollment.person_id, compulsory_ms=1, elective_ms=1,
        lesson_ids=[], check_ids=[], started_at=NOW, completed_at=at,
    )  # fmt: skip
    return published(study, enrollment.id)


def hours_record_of(enrollment):
    """Its events on the way to the certificate, with one rejection by the province, and where each leads."""
    who = {"enrollment_id": enrollment.id, "person_id": enrollment.person_id}
    audited = HoursAudited(
        **who, organisation=enrollment.organisation, verdict=Verdict.CLEAN, compulsory_hours=40,
        elective_hours=40, findings=[],
    )  # fmt: skip
    issued = CertificateIssued(**who, number="N1", sha256="0" * 64, object_key="key", issued_at=NOW)
    events = [
        (audited, Status.ORGANISATION_REVIEW),
        (HoursConfirmed(**who, confirmed_by="staff"), Status.REPORTABLE),
        (HoursReported(**who), Status.PROVINCE_REVIEW),
        (ProvinceRejected(**who, rejected_by="province", reason="补材料"), Status.ORGANISATION_REVIEW),
        (HoursConfirmed(**who, confirmed_by="staff"), Status.REPORTABLE),
        (HoursReported(**who), Status.PROVINCE_REVIEW),
        (issued, Status.CERTIFIED),
    ]
    return [
        (published(event, enrollment.id, sequence), status)
        for sequence, (event, status) in enumerate(events, start=1)
    ]


def test_an_enrolment_follows_its_study_and_its_hours_record_to_the_certificate(studying):
    learning.complete(enrollments, completed(studying), NOW)
    assert enrollments.get(studying.id).status is Status.COMPLETED
    for event, status in hours_record_of(studying):
        learning.follow_hours_record(enrollments, event, NOW)
        assert enrollments.get(studying.id).status is status
    assert types(studying.id).count(EnrollmentAdvanced.TYPE) == 8


def test_an_older_event_of_the_hours_record_that_comes_late_changes_nothing(studying):
    (audited, _), (confirmed, _), *_ = hours_record_of(studying)
    learning.follow_hours_record(enrollments, confirmed, NOW)
    learning.follow_hours_record(enrollments, audited, NOW)
    assert enrollments.get(studying.id).status is Status.REPORTABLE


# ---- the end of the study window (R9) ----

GRACE = timedelta(minutes=15)


def closes_at(enrollment):
    at = enrollments.get(enrollment.id).closes_at
    assert at is not None
    return at


def status_of(enrollment):
    return enrollments.get(enrollment.id).status


def test_a_window_expires_once_its_grace_is_over_and_frees_the_category(studying):
    due = closes_at(studying) + GRACE
    learning.expire_closed(enrollments, due - timedelta(milliseconds=1), GRACE)
    assert status_of(studying) is Status.ACTIVE
    for _ in range(2):
        learning.expire_closed(enrollments, due, GRACE)
    assert status_of(studying) is Status.EXPIRED
    assert types(studying.id).count(EnrollmentExpired.TYPE) == 1
    assert not enrollments.has_open(studying.person_id, studying.category)


def test_windows_expire_once_however_many_processes_look(studying):
    due = closes_at(studying) + GRACE
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: learning.expire_closed(Enrollments(), due, GRACE), range(8)))
    assert types(studying.id).count(EnrollmentExpired.TYPE) == 1


def test_a_completion_in_time_that_comes_after_the_expiry_counts(studying):
    at = closes_at(studying)
    learning.expire_closed(enrollments, at + GRACE, GRACE)
    learning.complete(enrollments, completed(studying, at), at + GRACE)
    assert status_of(studying) is Status.COMPLETED
    assert enrollments.has_open(studying.person_id, studying.category)


def test_a_completion_in_time_counts_beside_a_newer_declaration(studying):
    at = closes_at(studying)
    learning.expire_closed(enrollments, at + GRACE, GRACE)
    newer = enrollments.add(an_enrollment(id=token_hex(8), person_id=studying.person_id))
    learning.complete(enrollments, completed(studying, at), at + GRACE)
    assert (status_of(studying), status_of(newer)) == (Status.COMPLETED, Status.SUBMITTED)
    assert enrollments.get(newer.id).open_category == newer.category


def test_a_completion_after_the_window_changes_nothing(studying):
    at = closes_at(studying)
    learning.expire_closed(enrollments, at + GRACE, GRACE)
    learning.complete(enrollments, completed(studying, at + timedelta(milliseconds=1)), at + GRACE)
    assert status_of(studying) is Status.EXPIRED


def test_the_windows_that_are_over_are_found_by_an_index():
    plan = enrollments.rows.find({"status": "active", "closes_at": {"$lte": NOW}}).sort("closes_at").explain()
    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
