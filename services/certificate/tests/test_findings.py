"""What each finding of the audit says, and where each rule draws its line (R7, R9, R16–R18, R23, R24)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.certificate.domain import AuditEvidence
from services.certificate.domain.audit import audit
from services.certificate.domain.hours_record import PATIENCE
from services.certificate.tests.builders import NOW, ORGANISATION, Study, a_record, verdict_of
from shared.events.certificate import Finding, HoursAudited, Verdict


def ids_of(*events):
    return [event.published.id for event in events]


def credited(study, compulsory_ms, elective_ms):
    """The same study with other credit, which its end states alike."""
    study.completed = [
        replace(lesson, credited_ms=ms)
        for lesson, ms in zip(study.completed, (compulsory_ms, elective_ms), strict=True)
    ]
    study.finished = replace(study.finished, compulsory_ms=compulsory_ms, elective_ms=elective_ms)
    study.derived = study.derivation()
    return study


def test_each_finding_says_what_was_measured_and_rests_on_its_events():
    study = Study()
    (audited,) = a_record(study.events, study).events
    opened, verified, finished = ids_of(study.opened, study.verified, study.finished)
    completed, passed = ids_of(*study.completed), ids_of(*study.passed)
    assert audited == HoursAudited(
        enrollment_id="enrollment-1", person_id="person-1", organisation=ORGANISATION,
        verdict=Verdict.CLEAN, compulsory_hours=1, elective_hours=1, findings=audited.findings,
    )  # fmt: skip
    findings = [(finding.rule, finding.held, finding.says, finding.event_ids) for finding in audited.findings]
    assert findings == [
        ("R7", True, "compulsory 1 of 1 hours, elective 1 of 1 hours", [*completed, finished]),
        (
            "R9", True, "Studied from 2026-03-02 08:01:00+00:00 to 2026-03-02 08:05:00+00:00",
            [opened, finished],
        ),
        ("R16", True, "Identity verified at 2026-03-02 08:00:00+00:00", [verified, finished]),
        (
            "R17/R18", True,
            "0 lessons lack a passed face check at the start or at the unforeseen moment",
            [*passed, finished],
        ),
        ("R23", True, "28000 ms credited in 240000 ms, 28000 ms stated", [*completed, finished]),
        ("R24", True, "0 of 2 lessons are not watched to the end", [*completed, finished]),
        (
            "R31", True, "14000 + 14000 ms by the auditor's own count 审计复核时长",
            [*ids_of(study.derived), finished],
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("known", [["finished"], ["opened"], []])
def test_hours_of_an_unknown_opening_or_end_are_doubtful_and_none(known):
    study, evidence = Study(), AuditEvidence()
    if "finished" in known:
        evidence.add(study.finished)
    if "opened" in known:
        evidence.add(study.opened)
    result = audit(evidence)
    assert (result.verdict, result.compulsory_hours, result.elective_hours) == (Verdict.DOUBTFUL, 0, 0)
    says = "The opening or the end of the study is unknown"
    named = ids_of(*(getattr(study, name) for name in known))
    assert result.findings == [Finding(rule="R8", held=False, says=says, event_ids=named)]


def test_an_unknown_identity_is_said_so():
    study = Study()
    record = a_record([event for event in study.events if event is not study.verified], study)
    record.audit_overdue(NOW + PATIENCE)
    (finding,) = [finding for finding in record.result.findings if not finding.held]
    assert finding == Finding(
        rule="R16", held=False, says="No verification of the identity is known",
        event_ids=ids_of(study.finished),
    )  # fmt: skip


def test_hours_are_counted_by_kind_and_against_the_plan_of_that_kind():
    study = Study(compulsory_hours=2, elective_hours=1)
    record = a_record(study.events, study)
    assert (record.result.compulsory_hours, record.result.elective_hours) == (1, 1)
    assert verdict_of(record) == (Verdict.DOUBTFUL, {"R7"})
    assert record.result.findings[0].says == "compulsory 1 of 2 hours, elective 1 of 1 hours"


def test_more_hours_than_the_plan_asks_for_are_not_counted():
    study = Study(hour_seconds=5, compulsory_hours=2, elective_hours=3)
    result = a_record(study.events, study).result
    assert (result.compulsory_hours, result.elective_hours) == (2, 3)


def test_a_kind_is_counted_with_its_own_lessons_only():
    study = credited(Study(hour_seconds=3, compulsory_hours=9, elective_hours=9), 13_000, 10_000)
    result = a_record(study.events, study).result
    assert (result.compulsory_hours, result.elective_hours) == (5, 4)  # (13 + 2) // 3, (10 + 2) // 3


@pytest.mark.parametrize(("missing_ms", "held"), [(2_000, True), (2_001, False)])
def test_a_lesson_is_watched_when_at_most_its_slack_is_missing(missing_ms, held):
    study = credited(Study(hour_seconds=10), 15_000 - missing_ms, 15_000)
    broken = {finding.rule for finding in a_record(study.events, study).result.findings if not finding.held}
    assert broken == (set() if held else {"R24"})


def test_a_lesson_whose_length_is_unknown_is_not_watched():
    study = Study()
    record = a_record([event for event in study.events if event is not study.entered[0]], study)
    record.audit_overdue(NOW + PATIENCE)
    assert verdict_of(record) == (Verdict.DOUBTFUL, {"R24"})


def test_a_lesson_that_was_not_completed_is_not_watched():
    study = Study()
    record = a_record([event for event in study.events if event is not study.completed[0]], study)
    record.audit_overdue(NOW + PATIENCE)
    assert verdict_of(record) == (Verdict.DOUBTFUL, {"R7", "R17/R18", "R23", "R24"})


def test_a_study_at_the_edges_of_its_window_is_clean():
    study = Study()
    study.opened = replace(
        study.opened, opened_at=study.finished.started_at, closes_at=study.finished.completed_at
    )
    assert verdict_of(a_record(study.events, study)) == (Verdict.CLEAN, set())


def test_a_study_that_ends_when_it_begins_is_inside_its_window():
    study = Study()
    study.finished = replace(study.finished, completed_at=study.finished.started_at)
    assert verdict_of(a_record(study.events, study)) == (Verdict.DOUBTFUL, {"R23"})


@pytest.mark.parametrize(("passed_ms", "held"), [(28_000, True), (27_999, False)])
def test_credit_takes_at_least_as_much_time(passed_ms, held):
    study = Study()
    study.finished = replace(
        study.finished, completed_at=study.finished.started_at + timedelta(milliseconds=passed_ms)
    )
    credit = a_record(study.events, study).result.findings[4]
    assert (credit.held, credit.says) == (
        held,
        f"28000 ms credited in {passed_ms} ms, 28000 ms stated",
    )


@pytest.mark.parametrize(("late_ms", "held"), [(0, True), (1_000, True), (1_001, False)])
def test_an_identity_may_be_verified_a_second_late_by_another_clock(late_ms, held):
    study = Study()
    at = study.finished.started_at + timedelta(milliseconds=late_ms)
    study.verified = replace(study.verified, meta=replace(study.verified.published, time=at))
    assert (verdict_of(a_record(study.events, study))[0] is Verdict.CLEAN) is held
