"""The audit by rules, and the way from the audit to the certificate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificate.domain import Facts, FileStatus, certificate_number
from services.certificate.domain.audit import audit
from services.certificate.domain.file import PATIENCE, Impossible
from services.certificate.domain.person import Person
from services.certificate.tests.builders import NOW, ORGANISATION, Study
from shared.events.certificate import (
    CertificateIssued,
    CertificateRevoked,
    Finding,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
    ProvinceRejected,
    Verdict,
)
from shared.events.enrollment import LearningOpened
from shared.events.learning import LessonCompleted, LessonEntered, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified
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


def ids_of(*events):
    return [it.published.id for it in events]


def test_each_finding_says_what_was_measured_and_rests_on_its_events():
    study = Study()
    (audited,) = a_file(study.facts, study).events
    opened, verified, finished = ids_of(study.opened, study.verified, study.finished)
    completed, passed = ids_of(*study.completed), ids_of(*study.passed)
    assert audited == HoursAudited(
        enrollment_id="enrollment-1", person_id="person-1", organisation=ORGANISATION,
        verdict=Verdict.CLEAN, compulsory_hours=1, elective_hours=1, findings=audited.findings,
    )  # fmt: skip
    assert [(it.rule, it.held, it.says, it.event_ids) for it in audited.findings] == [
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
    ]  # fmt: skip


@pytest.mark.parametrize("known", [["finished"], ["opened"], []])
def test_hours_of_an_unknown_opening_or_end_are_doubtful_and_none(known):
    study, facts = Study(), Facts()
    if "finished" in known:
        facts.finish(study.finished)
    if "opened" in known:
        facts.open(study.opened)
    result = audit(facts)
    assert (result.verdict, result.compulsory_hours, result.elective_hours) == (Verdict.DOUBTFUL, 0, 0)
    says = "The opening or the end of the study is unknown"
    named = ids_of(*(getattr(study, it) for it in known))
    assert result.findings == [Finding(rule="R8", held=False, says=says, event_ids=named)]


def test_an_unknown_identity_is_said_so():
    study = Study()
    file = a_file([it for it in study.facts if it is not study.verified], study)
    file.audit_overdue(NOW + PATIENCE)
    (finding,) = [it for it in file.result.findings if not it.held]
    assert finding == Finding(
        rule="R16", held=False, says="No verification of the identity is known",
        event_ids=ids_of(study.finished),
    )  # fmt: skip


def credited(study, compulsory_ms, elective_ms):
    """The same study with other credit, which its end states alike."""
    study.completed = [
        replace(lesson, credited_ms=ms)
        for lesson, ms in zip(study.completed, (compulsory_ms, elective_ms), strict=True)
    ]
    study.finished = replace(study.finished, compulsory_ms=compulsory_ms, elective_ms=elective_ms)
    return study


def test_hours_are_counted_by_kind_and_against_the_plan_of_that_kind():
    study = Study(compulsory_hours=2, elective_hours=1)
    file = a_file(study.facts, study)
    assert (file.result.compulsory_hours, file.result.elective_hours) == (1, 1)
    assert verdict_of(file) == (Verdict.DOUBTFUL, {"R7"})
    assert file.result.findings[0].says == "compulsory 1 of 2 hours, elective 1 of 1 hours"


def test_more_hours_than_the_plan_asks_for_are_not_counted():
    study = Study(hour_seconds=5, compulsory_hours=2, elective_hours=3)
    result = a_file(study.facts, study).result
    assert (result.compulsory_hours, result.elective_hours) == (2, 3)


def test_a_kind_is_counted_with_its_own_lessons_only():
    study = credited(Study(hour_seconds=3, compulsory_hours=9, elective_hours=9), 13_000, 10_000)
    result = a_file(study.facts, study).result
    assert (result.compulsory_hours, result.elective_hours) == (5, 4)  # (13 + 2) // 3, (10 + 2) // 3


@pytest.mark.parametrize(("missing_ms", "held"), [(2_000, True), (2_001, False)])
def test_a_lesson_is_watched_when_at_most_its_slack_is_missing(missing_ms, held):
    study = credited(Study(hour_seconds=10), 15_000 - missing_ms, 15_000)
    broken = {it.rule for it in a_file(study.facts, study).result.findings if not it.held}
    assert broken == (set() if held else {"R24"})


def test_a_lesson_whose_length_is_unknown_is_not_watched():
    study = Study()
    file = a_file([it for it in study.facts if it is not study.entered[0]], study)
    file.audit_overdue(NOW + PATIENCE)
    assert verdict_of(file) == (Verdict.DOUBTFUL, {"R24"})


def test_a_lesson_that_was_not_completed_is_not_watched():
    study = Study()
    file = a_file([it for it in study.facts if it is not study.completed[0]], study)
    file.audit_overdue(NOW + PATIENCE)
    assert verdict_of(file) == (Verdict.DOUBTFUL, {"R7", "R17/R18", "R23", "R24"})


def test_a_study_at_the_edges_of_its_window_is_clean():
    study = Study()
    study.opened = replace(
        study.opened, opened_at=study.finished.started_at, closes_at=study.finished.completed_at
    )
    assert verdict_of(a_file(study.facts, study)) == (Verdict.CLEAN, set())


def test_a_study_that_ends_when_it_begins_is_inside_its_window():
    study = Study()
    study.finished = replace(study.finished, completed_at=study.finished.started_at)
    assert verdict_of(a_file(study.facts, study)) == (Verdict.DOUBTFUL, {"R23"})


@pytest.mark.parametrize(("passed_ms", "held"), [(28_000, True), (27_999, False)])
def test_credit_takes_at_least_as_much_time(passed_ms, held):
    study = Study()
    study.finished = replace(
        study.finished, completed_at=study.finished.started_at + timedelta(milliseconds=passed_ms)
    )
    credit = a_file(study.facts, study).result.findings[4]
    assert (credit.held, credit.says) == (
        held,
        f"28000 ms credited in {passed_ms} ms, 28000 ms stated",
    )


@pytest.mark.parametrize(("late_ms", "held"), [(0, True), (1_000, True), (1_001, False)])
def test_an_identity_may_be_verified_a_second_late_by_another_clock(late_ms, held):
    study = Study()
    at = study.finished.started_at + timedelta(milliseconds=late_ms)
    study.verified = replace(study.verified, meta=replace(study.verified.published, time=at))
    assert (verdict_of(a_file(study.facts, study))[0] is Verdict.CLEAN) is held


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


def test_the_patience_with_late_facts_begins_when_the_end_of_the_study_is_known():
    study = Study()
    file = study.file()
    take(file, study.opened, NOW)
    assert file.study_known_at is None
    take(file, study.finished, NOW + timedelta(seconds=10))
    take(file, study.entered[0], NOW + timedelta(seconds=20))
    assert file.study_known_at == NOW + timedelta(seconds=10)


def test_facts_under_way_are_waited_for_half_a_minute():
    assert timedelta(seconds=30) == PATIENCE


def test_a_file_whose_study_has_not_ended_is_never_overdue():
    study = Study()
    file = a_file([study.opened], study)
    file.audit_overdue(NOW + timedelta(days=1_000))
    assert (file.events, file.status) == ([], FileStatus.COLLECTING)


def test_an_audit_that_finds_the_same_is_no_second_event():
    study = Study()
    study.finished = replace(study.finished, compulsory_ms=15_000)
    file = a_file([*study.facts, study.entered[0]], study)
    assert [type(it) for it in file.events] == [HoursAudited]


def test_late_facts_do_not_audit_hours_again_that_a_person_has_confirmed():
    study = Study()
    file = a_file([it for it in study.facts if it is not study.verified], study)
    file.audit_overdue(NOW + PATIENCE)
    file.confirm("staff-1")
    take(file, study.verified)
    assert (file.status, file.result.verdict) == (FileStatus.REPORTABLE, Verdict.DOUBTFUL)


IDS = {"enrollment_id": "enrollment-1", "person_id": "person-1"}


def test_each_decision_says_who_made_it_and_why():
    file = an_audited_file()
    file.events.clear()
    for step in ("confirm", "report", "reject", "confirm", "report", "approve"):
        STEPS[step](file)
        if step == "reject":
            assert (file.status, file.reason) == (FileStatus.ORGANISATION_REVIEW, "请核对")
    assert file.reason is None
    file.issue("a" * 64, "number/a.pdf")
    file.revoke("province-2", "作弊")
    assert file.reason == "作弊"
    assert file.events == [
        HoursConfirmed(**IDS, confirmed_by="staff-1"),
        HoursReported(**IDS),
        ProvinceRejected(**IDS, rejected_by="province-1", reason="请核对"),
        HoursConfirmed(**IDS, confirmed_by="staff-1"),
        HoursReported(**IDS),
        ProvinceApproved(**IDS, approved_by="province-1", approved_at=NOW),
        CertificateIssued(**IDS, number=NUMBER, sha256="a" * 64, object_key="number/a.pdf", issued_at=NOW),
        CertificateRevoked(**IDS, number=NUMBER, revoked_by="province-2", reason="作弊"),
    ]
    assert (file.certificate.sha256, file.certificate.object_key) == ("a" * 64, "number/a.pdf")


def test_a_refusal_names_the_state_that_forbids_it():
    with pytest.raises(Impossible) as refused:
        a_file_in(FileStatus.REPORTABLE).confirm("staff-1")
    assert refused.value.details == {"status": "reportable"}


@pytest.mark.parametrize("status", [FileStatus.CERTIFIED, FileStatus.REVOKED])
def test_a_withdrawal_takes_no_certificate_back(status):
    file = a_file_in(status)
    file.withdraw()
    assert file.status is status


def test_a_late_declaration_does_not_undo_a_correction():
    study, file = Study(), Study().file()
    file.declare(study.declared(sequence=3), "corrected")
    file.declare(study.declared(sequence=1), "first")
    assert (file.personal, file.declared_sequence) == ("corrected", 3)


def test_the_first_declaration_is_taken():
    study, file = Study(), Study().file()
    file.declare(study.declared(sequence=1), "first")
    assert (file.personal, file.declared_sequence) == ("first", 1)


def test_a_repeat_of_the_last_declaration_changes_nothing():
    study, file = Study(), Study().file()
    file.declare(study.declared(sequence=3), "first")
    file.declare(study.declared(sequence=3), "again")
    assert file.personal == "first"


def verified_at(time, id):
    event = Study().verified
    return replace(event, meta=replace(event.published, time=time, id=id))


@pytest.mark.parametrize(("times", "expected"), [((0, 1), "v0"), ((1, 0), "v1"), ((0, 0), "v0")])
def test_the_earliest_verification_of_a_person_counts_in_whatever_order(times, expected):
    person = Person(id="person-1")
    for number, hours in enumerate(times):
        person.verify(verified_at(NOW + timedelta(hours=hours), f"v{number}"))
    assert (person.identity.event_id, person.identity.verified_at) == (expected, NOW)


NUMBER = "CE2-42-2026-C29VM53SEAF1"


def test_the_known_number_stays():
    assert certificate_number("enrollment-1", LicenceCategory.LEVEL_TWO, NOW) == NUMBER
    assert certificate_number("enrollment-1", LicenceCategory.LEVEL_ONE, NOW) == NUMBER.replace("CE2", "CE1")


@pytest.mark.parametrize(("hour", "year"), [(15, "2026"), (16, "2027")])
def test_the_year_of_a_number_is_that_of_china(hour, year):
    approved_at = datetime(2026, 12, 31, hour, 30, tzinfo=UTC)
    assert certificate_number("enrollment-1", LicenceCategory.LEVEL_TWO, approved_at)[7:11] == year
