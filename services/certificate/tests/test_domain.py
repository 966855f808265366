"""The audit by rules, and the way from the audit to the certificate."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificate.domain import FileStatus, certificate_number
from services.certificate.domain.file import PATIENCE, Impossible, Incomplete
from services.certificate.domain.person import Person
from services.certificate.tests.builders import NOW, Study
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
    ProvinceRejected,
    Verdict,
)
from shared.events.enrollment import LearningOpened
from shared.events.learning import LessonCompleted, LessonEntered, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified, Moment
from shared.events.terms import LicenceCategory

STEPS = {
    "confirm": lambda it: it.confirm("staff-1"),
    "report": lambda it: it.report(),
    "approve": lambda it: it.approve("province-1", NOW),
    "reject": lambda it: it.reject("province-1", "请核对"),
    "revoke": lambda it: it.revoke("province-1", "作弊"),
}
ALLOWED = {
    FileStatus.COLLECTING: set(),
    FileStatus.ORGANISATION_REVIEW: {"confirm"},
    FileStatus.REPORTABLE: {"report"},
    FileStatus.PROVINCE_REVIEW: {"approve", "reject"},
    FileStatus.APPROVED: set(),
    FileStatus.CERTIFIED: {"revoke"},
    FileStatus.REVOKED: set(),
    FileStatus.WITHDRAWN: set(),
}


def take(file, event, now=NOW):
    """What the service does with a fact."""

    def note(facts):
        match event:
            case LearningOpened():
                facts.open(event)
            case IdentityVerified():
                person = Person(id=event.person_id)
                person.verify(event)
                facts.identity = person.identity
            case LessonEntered():
                facts.enter(event)
            case FaceCheckPassed() | FaceCheckFailed():
                facts.check(event)
            case LessonCompleted():
                facts.complete(event)
            case StudyCompleted():
                facts.finish(event)

    file.learn(note, now)


def a_file(facts, study=None):
    file = (study or Study()).file()
    for event in facts:
        take(file, event)
    return file


def an_audited_file(**policy):
    study = Study(**policy)
    return a_file(study.facts, study)


def verdict_of(file):
    (audited,) = [it for it in file.events if isinstance(it, HoursAudited)]
    return audited.verdict, {it.rule for it in audited.findings if not it.held}


def a_file_in(status):
    """A file that has come to this state by itself."""
    file = Study().file() if status is FileStatus.COLLECTING else an_audited_file()
    ways = {
        FileStatus.REPORTABLE: ["confirm"],
        FileStatus.PROVINCE_REVIEW: ["confirm", "report"],
        FileStatus.APPROVED: ["confirm", "report", "approve"],
        FileStatus.CERTIFIED: ["confirm", "report", "approve"],
        FileStatus.REVOKED: ["confirm", "report", "approve"],
    }
    for step in ways.get(status, []):
        STEPS[step](file)
    if status in (FileStatus.CERTIFIED, FileStatus.REVOKED):
        file.issue("0" * 64, "key")
    if status is FileStatus.REVOKED:
        STEPS["revoke"](file)
    if status is FileStatus.WITHDRAWN:
        file.withdraw()
    assert file.status is status
    return file


# ---- the audit ----


def test_a_whole_study_is_clean_and_names_rules_and_events():
    study = Study()
    file = a_file(study.facts, study)
    (audited,) = file.events
    assert (audited.verdict, audited.compulsory_hours, audited.elective_hours) == (Verdict.CLEAN, 1, 1)
    assert [it.rule for it in audited.findings] == ["R7", "R9", "R16", "R17/R18", "R23", "R24"]
    named = {id for it in audited.findings for id in it.event_ids}
    needed = [study.opened, study.verified, *study.passed, *study.completed, study.finished]
    assert named == {it.published.id for it in needed}
    assert file.status is FileStatus.ORGANISATION_REVIEW


@given(st.data())
def test_facts_come_in_any_order_and_more_than_once(data):
    study = Study()
    facts = data.draw(st.permutations(study.facts))
    again = data.draw(st.lists(st.sampled_from(study.facts), max_size=5))
    file = a_file([*facts, *again], study)
    assert verdict_of(file) == (Verdict.CLEAN, set())
    assert file.facts == a_file(study.facts, study).facts


@given(st.data())
def test_the_audit_waits_for_the_last_fact(data):
    study = Study()
    facts = data.draw(st.permutations(study.facts))
    file = a_file(facts[:-1], study)
    assert (file.events, file.status) == ([], FileStatus.COLLECTING)
    take(file, facts[-1])
    assert verdict_of(file) == (Verdict.CLEAN, set())


def test_the_audit_waits_for_no_lesson_that_the_study_does_not_name():
    study = Study()
    entered = replace(study.entered[0], lesson_id="lesson-left-unfinished")
    assert verdict_of(a_file([entered, *study.facts], study)) == (Verdict.CLEAN, set())


@pytest.mark.parametrize(
    ("name", "change", "rule"),
    [
        ("opened", {"opened_at": NOW + timedelta(minutes=2)}, "R9"),
        ("finished", {"completed_at": NOW + timedelta(days=91)}, "R9"),
        ("finished", {"compulsory_ms": 14_001}, "R23"),
        ("finished", {"completed_at": NOW + timedelta(minutes=1, seconds=10)}, "R23"),
        ("opened", {"closes_at": NOW + timedelta(minutes=2)}, "R9"),
    ],
)
def test_a_rule_that_does_not_hold_makes_the_verdict_doubtful(name, change, rule):
    study = Study()
    setattr(study, name, replace(getattr(study, name), **change))
    verdict, broken = verdict_of(a_file(study.facts, study))
    assert (verdict, broken) == (Verdict.DOUBTFUL, {rule})


def test_an_identity_verified_after_the_first_lesson_is_doubtful():
    study = Study()
    late = replace(study.verified.published, time=NOW + timedelta(minutes=2))
    study.verified = replace(study.verified, meta=late)
    assert verdict_of(a_file(study.facts, study)) == (Verdict.DOUBTFUL, {"R16"})


def test_a_lesson_without_its_unforeseen_check_is_doubtful():
    study = Study()
    study.completed[0] = replace(study.completed[0], check_ids=["lesson-c.start"])
    assert verdict_of(a_file(study.facts, study)) == (Verdict.DOUBTFUL, {"R17/R18"})


def test_a_failed_check_does_not_count_as_passed():
    study = Study()
    it = study.passed[1]
    study.passed[1] = FaceCheckFailed(
        check_id=it.check_id, session_id=it.session_id, enrollment_id=it.enrollment_id,
        person_id=it.person_id, lesson_id=it.lesson_id, moment=Moment.UNFORESEEN,
        reason="mismatch", evidence=None, meta=it.meta,
    )  # fmt: skip
    assert verdict_of(a_file(study.facts, study)) == (Verdict.DOUBTFUL, {"R17/R18"})


def test_a_lesson_that_was_not_watched_to_the_end_is_doubtful():
    study = Study()
    study.completed[0] = replace(study.completed[0], credited_ms=12_999)
    study.finished = replace(study.finished, compulsory_ms=12_999)
    assert verdict_of(a_file(study.facts, study)) == (Verdict.DOUBTFUL, {"R7", "R24"})


def test_facts_that_do_not_come_in_time_leave_it_to_a_person_and_late_ones_clear_it():
    study = Study()
    file = a_file([it for it in study.facts if it is not study.verified], study)
    file.audit_overdue(NOW + PATIENCE - timedelta(milliseconds=1))
    assert file.events == []
    file.audit_overdue(NOW + PATIENCE)
    assert verdict_of(file) == (Verdict.DOUBTFUL, {"R16"})
    take(file, study.verified)
    assert [it.verdict for it in file.events] == [Verdict.DOUBTFUL, Verdict.CLEAN]


def test_nobody_stands_for_hours_of_unknown_terms():
    study = Study()
    file = a_file([study.finished], study)
    file.audit_overdue(NOW + PATIENCE)
    with pytest.raises(Incomplete):
        file.confirm("staff-1")


def test_clean_hours_are_confirmed_by_policy_where_the_plan_says_so():
    file = an_audited_file(automatic_confirmation=True)
    assert [type(it) for it in file.events] == [HoursAudited, HoursConfirmed]
    assert (file.events[1].confirmed_by, file.status) == ("policy", FileStatus.REPORTABLE)


def test_doubtful_hours_are_never_confirmed_by_policy():
    study = Study(automatic_confirmation=True)
    study.finished = replace(study.finished, compulsory_ms=15_000)
    assert a_file(study.facts, study).status is FileStatus.ORGANISATION_REVIEW


# ---- decisions ----


def test_the_way_to_the_certificate():
    file = an_audited_file()
    file.events.clear()
    for step in ("confirm", "report", "reject", "confirm", "report", "approve"):
        STEPS[step](file)
    file.issue("a" * 64, "number/a.pdf")
    kinds = [HoursConfirmed, HoursReported, ProvinceRejected, HoursConfirmed, HoursReported, ProvinceApproved]
    assert [type(it) for it in file.events] == [*kinds, CertificateIssued]
    issued = file.events[-1]
    assert (issued.number, issued.issued_at, issued.sha256) == (file.number, NOW, "a" * 64)


@pytest.mark.parametrize("status", list(FileStatus))
@pytest.mark.parametrize("step", list(STEPS))
def test_an_impossible_step_changes_nothing(status, step):
    file = a_file_in(status)
    before = replace(file, events=[])
    if step in ALLOWED[status]:
        STEPS[step](file)
        assert file.status is not status
    else:
        with pytest.raises(Impossible) as refusal:
            STEPS[step](file)
        assert refusal.value.code == "file.impossible"
        assert replace(file, events=[]) == before


def test_a_certificate_is_issued_once():
    file = a_file_in(FileStatus.CERTIFIED)
    file.events.clear()
    file.issue("b" * 64, "another")
    assert (file.events, file.certificate.sha256) == ([], "0" * 64)


def test_a_withdrawn_file_gets_no_certificate():
    file = a_file_in(FileStatus.APPROVED)
    file.withdraw()
    file.issue("a" * 64, "key")
    assert (file.status, file.certificate) == (FileStatus.WITHDRAWN, None)


def test_a_late_declaration_does_not_undo_a_correction():
    study, file = Study(), Study().file()
    file.declare(study.declared(sequence=3), "corrected")
    file.declare(study.declared(sequence=1), "first")
    assert file.personal == "corrected"


def test_a_number_belongs_to_its_enrolment():
    numbers = {certificate_number(f"enrollment-{it}", LicenceCategory.LEVEL_TWO, NOW) for it in range(2_000)}
    assert len(numbers) == 2_000
    number = certificate_number("enrollment-1", LicenceCategory.LEVEL_TWO, NOW)
    assert number == certificate_number("enrollment-1", LicenceCategory.LEVEL_TWO, NOW + timedelta(days=3))
    assert number.startswith("CE2-42-2026-")
