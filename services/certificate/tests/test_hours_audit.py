"""The hours audit by rules, from events in any order (R28)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificate.domain import RecordStatus
from services.certificate.domain.hours_record import AUDITOR_PATIENCE, PATIENCE
from services.certificate.domain.status import Incomplete
from services.certificate.tests.builders import NOW, Study, a_record, an_audited_record, take, verdict_of
from shared.events.certificate import HoursAudited, HoursConfirmed, Verdict
from shared.events.proctor import FaceCheckFailed, Moment


def test_a_whole_study_is_clean_and_names_rules_and_events():
    study = Study()
    record = a_record(study.events, study)
    (audited,) = record.events
    assert (audited.verdict, audited.compulsory_hours, audited.elective_hours) == (Verdict.CLEAN, 1, 1)
    assert [finding.rule for finding in audited.findings] == [
        "R7",
        "R9",
        "R16",
        "R17/R18",
        "R23",
        "R24",
        "R31",
    ]
    named = {id for finding in audited.findings for id in finding.event_ids}
    needed = [study.opened, study.verified, *study.passed, *study.completed, study.finished, study.derived]
    assert named == {event.published.id for event in needed}
    assert record.status is RecordStatus.ORGANISATION_REVIEW


@given(st.data())
def test_events_come_in_any_order_and_more_than_once(data):
    study = Study()
    events = data.draw(st.permutations(study.events))
    again = data.draw(st.lists(st.sampled_from(study.events), max_size=5))
    record = a_record([*events, *again], study)
    assert verdict_of(record) == (Verdict.CLEAN, set())
    assert record.evidence == a_record(study.events, study).evidence


@given(st.data())
def test_the_audit_waits_for_the_last_fact(data):
    study = Study()
    events = data.draw(st.permutations(study.events))
    record = a_record(events[:-1], study)
    assert (record.events, record.status) == ([], RecordStatus.COLLECTING)
    take(record, events[-1])
    assert verdict_of(record) == (Verdict.CLEAN, set())


def test_the_audit_waits_for_no_lesson_that_the_study_does_not_name():
    study = Study()
    entered = replace(study.entered[0], lesson_id="lesson-left-unfinished")
    assert verdict_of(a_record([entered, *study.events], study)) == (Verdict.CLEAN, set())


@pytest.mark.parametrize(
    ("name", "change", "rule"),
    [
        ("opened", {"opened_at": NOW + timedelta(minutes=2)}, "R9"),
        ("finished", {"completed_at": NOW + timedelta(days=91)}, "R9"),
        ("finished", {"compulsory_ms": 14_001}, "R23, R31"),  # the auditor counts as well
        ("finished", {"completed_at": NOW + timedelta(minutes=1, seconds=10)}, "R23"),
        ("opened", {"closes_at": NOW + timedelta(minutes=2)}, "R9"),
    ],
)
def test_a_rule_that_does_not_hold_makes_the_verdict_doubtful(name, change, rule):
    study = Study()
    setattr(study, name, replace(getattr(study, name), **change))
    verdict, broken = verdict_of(a_record(study.events, study))
    assert (verdict, broken) == (Verdict.DOUBTFUL, set(rule.split(", ")))


def test_an_identity_verified_after_the_first_lesson_is_doubtful():
    study = Study()
    late = replace(study.verified.published, time=NOW + timedelta(minutes=2))
    study.verified = replace(study.verified, meta=late)
    assert verdict_of(a_record(study.events, study)) == (Verdict.DOUBTFUL, {"R16"})


def test_a_lesson_without_its_unforeseen_check_is_doubtful():
    study = Study()
    study.completed[0] = replace(study.completed[0], check_ids=["lesson-c.start"])
    assert verdict_of(a_record(study.events, study)) == (Verdict.DOUBTFUL, {"R17/R18"})


def test_a_failed_check_does_not_count_as_passed():
    study = Study()
    check = study.passed[1]
    study.passed[1] = FaceCheckFailed(
        check_id=check.check_id, session_id=check.session_id, enrollment_id=check.enrollment_id,
        person_id=check.person_id, lesson_id=check.lesson_id, moment=Moment.UNFORESEEN,
        reason="mismatch", evidence=None, meta=check.meta,
    )  # fmt: skip
    assert verdict_of(a_record(study.events, study)) == (Verdict.DOUBTFUL, {"R17/R18"})


def test_a_lesson_that_was_not_watched_to_the_end_is_doubtful():
    study = Study()
    study.completed[0] = replace(study.completed[0], credited_ms=12_999)
    study.finished = replace(study.finished, compulsory_ms=12_999)
    study.derived = study.derivation()
    assert verdict_of(a_record(study.events, study)) == (Verdict.DOUBTFUL, {"R7", "R24"})


def test_events_that_do_not_come_in_time_leave_it_to_a_person_and_late_ones_clear_it():
    study = Study()
    record = a_record([event for event in study.events if event is not study.verified], study)
    record.audit_overdue(NOW + PATIENCE - timedelta(milliseconds=1))
    assert record.events == []
    record.audit_overdue(NOW + PATIENCE)
    assert verdict_of(record) == (Verdict.DOUBTFUL, {"R16"})
    take(record, study.verified)
    assert [event.verdict for event in record.events] == [Verdict.DOUBTFUL, Verdict.CLEAN]


def test_nobody_stands_for_hours_of_unknown_terms():
    study = Study()
    record = a_record([study.finished], study)
    record.audit_overdue(NOW + AUDITOR_PATIENCE)
    with pytest.raises(Incomplete):
        record.confirm("staff-1")


def test_clean_hours_are_confirmed_by_policy_where_the_plan_says_so():
    record = an_audited_record(automatic_confirmation=True)
    assert [type(event) for event in record.events] == [HoursAudited, HoursConfirmed]
    assert (record.events[1].confirmed_by, record.status) == ("policy", RecordStatus.REPORTABLE)


def test_doubtful_hours_are_never_confirmed_by_policy():
    study = Study(automatic_confirmation=True)
    study.finished = replace(study.finished, compulsory_ms=15_000)
    assert a_record(study.events, study).status is RecordStatus.ORGANISATION_REVIEW
