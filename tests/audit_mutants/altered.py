"""Frauds with the words of a single event: each field that claims something, made to claim something else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from shared.events.base import Event
from shared.events.certificate import CertificateIssued, HoursAudited, ProvinceApproved, Verdict
from shared.events.enrollment import (
    DeclarationSubmitted,
    EnrollmentResumed,
    ExtensionCause,
    LearningOpened,
    PlanPublished,
    WindowExtended,
)
from shared.events.learning import (
    CheckDue,
    Ending,
    LessonCompleted,
    LessonEntered,
    PlaybackRecorded,
    ReportRecord,
    ScheduleMixed,
    SessionEnded,
    StudyCompleted,
)
from shared.events.payment import PaymentConfirmed
from shared.events.proctor import (
    IdentityVerified,
    JobDone,
    Moment,
    ScheduleDrawn,
    ScheduleRevealed,
)
from shared.events.terms import LessonKind, LicenceCategory
from tests.audit_mutants.fraud import (
    DAY,
    STRANGER,
    Fraud,
    Log,
    batches,
    edited,
    of,
    passes,
    pictures,
    proofs,
)
from tests.audit_mutants.single import (
    Pick,
    asked,
    courses,
    draws,
    every,
    failures,
    first_answers,
    last,
    last_answers,
    only,
    steps,
)

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
Change = Callable[[Any], dict[str, Any]]


def _fraud(name: str, pick: Pick, rule: str, change: Change) -> Fraud:
    def plant(log: Log, random: Random) -> list[Event] | None:
        events = pick(log)
        if not events:
            return None
        event = random.choice(events)
        return edited(log, event, **change(event))

    return Fraud(name, rule, plant)


def _fields(kind: str, pick: Pick, *changes: tuple[str, str, Change]) -> Iterator[Fraud]:
    for name, rule, change in changes:
        yield _fraud(f"{kind}: {name}", pick, rule, change)


# ---- which events ----


def declared(log: Log) -> list[Event]:
    """The declaration that counts."""
    return list(of(log, DeclarationSubmitted)[:1])


def unextended(log: Log) -> list[Event]:
    """The opening, where the window was never extended and something was credited."""
    return [] if of(log, WindowExtended) or not batches(log) else list(of(log, LearningOpened))


def decisive(log: Log) -> list[Event]:
    """The clean verdict."""
    return [event for event in of(log, HoursAudited) if event.verdict is Verdict.CLEAN]


def drawn_entries(log: Log) -> list[Event]:
    """Sessions in which the unforeseen check was still to be passed, as far as their start check."""
    drawn = {event.session_id for event in of(log, ScheduleMixed)}
    return [e for e in of(log, LessonEntered) if e.session_id in drawn and not e.unforeseen_check_passed]


def first_drawn_entries(log: Log) -> list[Event]:
    """Those of them in lessons that nobody had entered before."""
    seen: set[str] = set()
    return [
        event
        for event in sorted(of(log, LessonEntered), key=lambda each: each.published.time)
        if event in drawn_entries(log) and not (event.lesson_id in seen or seen.add(event.lesson_id))
    ]


def excused_entries(log: Log) -> list[Event]:
    """Sessions that needed no unforeseen check any more, and whose seed was drawn."""
    drawn = {event.session_id for event in of(log, ScheduleMixed)}
    return [e for e in of(log, LessonEntered) if e.session_id in drawn and e.unforeseen_check_passed]


def unfinished(log: Log) -> list[Event]:
    """Ends of sessions before their video was covered."""
    entered = {event.session_id: event.duration_ms for event in of(log, LessonEntered)}
    ended = of(log, SessionEnded)
    return [event for event in ended if event.covered_ms < entered.get(event.session_id, 0) - 2_000]


def first_unfinished_answers(log: Log) -> list[Event]:
    """Answers that left a question open."""
    return [answer for answer in first_answers(log) if not getattr(answer, "quiz_done", True)]


# ---- what they say ----


def _evidence(**fields: Any) -> Change:
    return lambda event: {"evidence": replace(event.evidence, **fields)}


def _stolen(event: Any) -> dict[str, Any]:
    keys = [key.replace("person-1", STRANGER) for key in event.evidence.object_keys]
    return {"evidence": replace(event.evidence, object_keys=keys)}


def _policy(**fields: Any) -> Change:
    return lambda event: {"policy": replace(event.policy, **fields)}


def _lessons(**fields: Any) -> Change:
    def change(event: Any) -> dict[str, Any]:
        return {"lessons": [replace(lesson, **fields) for lesson in event.lessons]}

    return change


def _report(change: Callable[[ReportRecord], dict[str, Any]]) -> Change:
    """Change the last report of a batch that added something."""

    def changed(batch: PlaybackRecorded) -> dict[str, Any]:
        place = max(number for number, report in enumerate(batch.reports) if report.credited_ms)
        report = batch.reports[place]
        reports = [*batch.reports[:place], replace(report, **change(report)), *batch.reports[place + 1 :]]
        return {"reports": reports}

    return changed


def _later(field: str, by: timedelta) -> Change:
    return lambda event: {field: getattr(event, field) + by}


def _more(field: str, by: int = 1) -> Change:
    return lambda event: {field: getattr(event, field) + by}


def _findings(change: Callable[[Any], dict[str, Any]]) -> Change:
    return lambda event: {"findings": [replace(each, **change(each)) for each in event.findings]}


COURSE = _fields(
    "CoursePublished", courses,
    ("longer lessons", "course.published", lambda e: {"lessons": [
        replace(each, duration_ms=each.duration_ms + 60_000) for each in e.lessons]}),
    ("all lessons elective", "lesson.completed", _lessons(kind=LessonKind.ELECTIVE)),
    ("more questions", "quiz.answered", _lessons(questions=3)),
    ("fewer questions", "quiz.answered", _lessons(questions=1)),
)  # fmt: skip
OFFICE = [
    *_fields(
        "DeclarationSubmitted", declared,
        ("a higher fee", "study.opened", _more("fee_fen")),
        ("another plan", "study.opened", lambda e: {"plan_id": "plan-9"}),
        ("another organisation", "verdict.rederived", lambda e: {"organisation": "别处"}),
        ("another category", "certificate.number", lambda e: {"category": LicenceCategory.LEVEL_ONE}),
    ),
    *_fields("PaymentConfirmed", every(PaymentConfirmed),
        ("a fen less", "study.opened", _more("amount_fen", -1))),
    *_fields("LearningOpened", unextended,
        ("a window that closed before", "credit.window", lambda e: {"closes_at": e.opened_at + 20 * SECOND})),
    *_fields(
        "LearningOpened", every(LearningOpened),
        ("a window that opens after", "study.opened", _later("opened_at", 90 * DAY)),
        ("40 + 40 hours", "hours.plan", _policy(compulsory_hours=40, elective_hours=40)),
        ("another policy than the plan's", "hours.plan", _policy(evidence_days=1)),
        ("another specialty", "study.opened", lambda e: {"specialty": "安装"}),
        ("a shorter deadline of checks", "check.requested", _policy(check_deadline_s=10)),
        ("other terms of checks", "session.entered", _policy(cooldown_s=1)),
    ),
    *_fields("WindowExtended", every(WindowExtended),
        ("a later end", "window.extended", _later("closes_at", DAY)),
        ("no later end", "window.extended", lambda e: {"closes_at": e.closes_at - DAY * 365}),
        ("for no outage", "window.extended", lambda e: {
            "cause": ExtensionCause.OUTAGE, "outage_ids": []})),
    *_fields("EnrollmentResumed", every(EnrollmentResumed),
        ("to elsewhere", "file.followed", lambda e: {"to_status": "reportable"})),
    *_fields("PlanPublished", lambda log: [e for e in of(log, PlanPublished) if e.plan_id == "plan-1"],
        ("40 + 40 hours", "hours.plan", _policy(compulsory_hours=40, elective_hours=40))),
]  # fmt: skip
FACES = [
    *_fields(
        "IdentityVerified", only(IdentityVerified),
        ("not live", "identity.evidence", _evidence(outcome="not_live")),
        ("a distance of 1.4", "identity.evidence", _evidence(distance=1.4)),
        ("no distance", "identity.evidence", _evidence(distance=None)),
        ("a spoof", "identity.evidence", _evidence(antispoof="spoof")),
        ("no liveness", "identity.evidence", _evidence(liveness={})),
        ("no pictures", "identity.evidence", _evidence(object_keys=[])),
        ("somebody else's pictures", "identity.evidence", _stolen),
    ),
    *_fields(
        "FaceCheckPassed", passes,
        ("a distance of 1.4", "check.evidence", _evidence(distance=1.4)),
        ("not a number", "check.evidence", _evidence(distance=float("nan"))),
        ("a mismatch", "check.evidence", _evidence(outcome="mismatch")),
        ("a spoof", "check.evidence", _evidence(antispoof="spoof")),
        ("no pictures", "check.evidence", _evidence(object_keys=[])),
        ("somebody else's pictures", "check.person", _stolen),
        ("the other moment", "check.requested", lambda e: {"moment": _other(e.moment)}),
        ("another check", "check.requested", lambda e: {"check_id": "no-such-check"}),
        ("another lesson", "log.person", lambda e: {"lesson_id": "lesson-x"}),
        ("another session", "lesson.completed", lambda e: {"session_id": "no such", "lesson_id": "x"}),
    ),
    *_fields("FaceCheckFailed", failures,
        ("another check", "session.ended", lambda e: {"check_id": "no-such-check"})),
    *_fields(
        "FaceCheckRequested", asked,
        ("an hour to answer", "check.requested", _later("deadline", HOUR)),
        ("the other moment", "check.requested", lambda e: {"moment": _other(e.moment)}),
        ("another check", "check.requested", lambda e: {"check_id": "no-such-check"}),
    ),
    *_fields(
        "JobQueued of a check", pictures,
        ("somebody else's", "check.person", lambda e: {"owner": STRANGER}),
        ("compared with somebody else", "check.person", lambda e: {
            "reference_key": f"persons/{STRANGER}/reference/v1.jpg"}),
        ("another picture", "check.evidence", lambda e: {"frame_keys": ["persons/person-1/checks/x/9"]}),
    ),
    *_fields("JobQueued of an identity", proofs,
        ("compared with somebody else", "identity.evidence", lambda e: {
            "reference_key": f"persons/{STRANGER}/declared/x.jpg"})),
    *_fields("JobDone of a check", lambda log: answers(log),
        ("a mismatch", "check.evidence", lambda e: {"outcome": "mismatch"}),
        ("another distance", "check.evidence", lambda e: {"figures": {**e.figures, "distance": 0.59}})),
]  # fmt: skip
DRAWS = [
    *_fields("ScheduleDrawn", draws(ScheduleDrawn),
        ("another seed", "schedule.revealed", lambda e: {"seed_hash": "0" * 64}),
        ("another enrolment", "log.person", lambda e: {"enrollment_id": "enrollment-9"})),
    *_fields(
        "ScheduleMixed", draws(ScheduleMixed),
        ("a commitment of somebody else", "schedule.mixed", lambda e: {"seed_hash": "0" * 64}),
        ("a short value", "schedule.mixed", lambda e: {"value": e.value[:-2]}),
    ),
    *_fields(
        "ScheduleRevealed", draws(ScheduleRevealed),
        ("another seed", "schedule.revealed", lambda e: {"seed": "00" * 32}),
        ("no hexadecimal", "schedule.revealed", lambda e: {"seed": "a seed"}),
        ("another moment", "schedule.moment", lambda e: {"unforeseen_at_ms": (e.unforeseen_at_ms or 0) + 1}),
        ("another enrolment", "log.person", lambda e: {"enrollment_id": "enrollment-9"}),
    ),
]  # fmt: skip
PLAY = [
    *_fields(
        "LessonEntered", every(LessonEntered),
        ("covered a little more", "session.entered", _more("covered_ms")),
        ("a shorter video", "course.published", _more("duration_ms", -1)),
        ("another lesson", "course.published", lambda e: {"lesson_id": "lesson-x"}),
        ("a longer deadline", "session.entered", _more("check_deadline_s", 600)),
    ),
    *_fields("LessonEntered", first_drawn_entries,
        ("no unforeseen check needed", "session.entered", lambda e: {"unforeseen_check_passed": True})),
    *_fields("LessonEntered", excused_entries,
        ("an unforeseen check needed", "schedule.moment", lambda e: {"unforeseen_check_passed": False})),
    *_fields(
        "PlaybackRecorded", batches,
        ("batch", "credit.numbered", _more("batch")),
        ("anchored long before", "credit.lease", _later("anchored_at", -DAY)),
        ("a minute brought along", "credit.bank", _more("bank_ms", 60_001)),
        ("covered a little more", "credit.figures", _more("covered_ms")),
        ("covered a little less", "credit.figures", _more("covered_ms", -1)),
        ("a report that credits more", "credit.figures", _report(
            lambda r: {"credited_ms": r.credited_ms + 1})),
        ("a report that pays more", "credit.figures", _report(
            lambda r: {"paid_ms": r.to_ms - r.from_ms + 1})),
        ("a report that pays less", "credit.figures", _report(lambda r: {"paid_ms": r.paid_ms - 1})),
        ("a report at 1.25×", "credit.rate", _report(lambda r: {"rate": 1.25})),
        ("a report that begins ahead", "credit.seek", _report(lambda r: {
            "from_ms": r.from_ms + 86_400_000, "to_ms": r.to_ms + 86_400_000})),
        ("a report outside the video", "credit.figures", _report(lambda r: {"to_ms": r.to_ms + 86_400_000})),
        ("a report skipped", "credit.numbered", _report(lambda r: {"number": r.number + 1})),
        ("a report that came a day later", "credit.arrival", _report(lambda r: {
            "received_at": r.received_at + DAY})),
        ("a report that came a day earlier", "credit.arrival", _report(lambda r: {
            "received_at": r.received_at - DAY})),
        ("a report that was refused, and credited", "credit.figures", _report(lambda r: {
            "refusal": "seek_ahead"})),
        ("another lesson", "log.person", lambda e: {"lesson_id": "lesson-x"}),
    ),
    *_fields(
        "CheckDue", draws(CheckDue),
        ("later in the video", "session.due", _more("covered_ms")),
        ("a day later", "session.due", _later("reached_at", DAY)),
        ("a day earlier", "session.due", _later("reached_at", -DAY)),
    ),
    *_fields(
        "SessionEnded", every(SessionEnded),
        ("covered a little more", "session.ended", _more("covered_ms")),
        ("a report more", "session.ended", _more("reports")),
        ("a day later", "session.ended", _later("ended_at", DAY)),
        ("a check that failed", "session.ended", lambda e: {
            "ending": Ending.CHECK_FAILED, "check_id": "no-such-check"}),
    ),
    *_fields("SessionEnded", lambda log: [e for e in of(log, SessionEnded) if e.reports],
        ("a day earlier", "session.ended", _later("ended_at", -DAY))),
    *_fields("SessionEnded", unfinished,
        ("completed", "session.ended", lambda e: {"ending": Ending.COMPLETED, "check_id": None})),
]  # fmt: skip
CONCLUSIONS = [
    *_fields("QuizAnswered", last_answers,
        ("not done", "quiz.answered", lambda e: {"quiz_done": False}),
        ("another lesson", "quiz.answered", lambda e: {"lesson_id": "lesson-x"})),
    *_fields("QuizAnswered", first_unfinished_answers,
        ("done", "quiz.answered", lambda e: {"quiz_done": True})),
    *_fields(
        "LessonCompleted", every(LessonCompleted),
        ("a little more credit", "lesson.completed", _more("credited_ms")),
        ("a little less credit", "lesson.completed", _more("credited_ms", -1)),
        ("the other kind", "lesson.completed", lambda e: {"kind": _other(e.kind)}),
        ("no checks", "lesson.completed", lambda e: {"check_ids": []}),
        ("one check", "lesson.completed", lambda e: {"check_ids": e.check_ids[:1]}),
        ("a check that never was", "lesson.completed", lambda e: {"check_ids": [*e.check_ids, "x"]}),
    ),
    *_fields(
        "StudyCompleted", every(StudyCompleted),
        ("more compulsory credit", "study.completed", _more("compulsory_ms")),
        ("more elective credit", "study.completed", _more("elective_ms")),
        ("a lesson less", "study.completed", lambda e: {"lesson_ids": e.lesson_ids[1:]}),
        ("a lesson more", "study.completed", lambda e: {"lesson_ids": [*e.lesson_ids, "x"]}),
        ("a check less", "study.completed", lambda e: {"check_ids": e.check_ids[1:]}),
        ("begun later", "study.completed", lambda e: {"started_at": e.completed_at}),
        ("begun before the opening", "study.completed", _later("started_at", -DAY)),
        ("completed later", "study.completed", _later("completed_at", DAY)),
        ("completed earlier", "study.completed", _later("completed_at", -DAY)),
    ),
    *_fields(
        "HoursAudited", decisive,
        ("an hour more", "verdict.rederived", _more("compulsory_hours")),
        ("an hour less", "verdict.rederived", _more("elective_hours", -1)),
        ("doubtful", "verdict.rederived", lambda e: {"verdict": Verdict.DOUBTFUL}),
        ("a rule that did not hold", "verdict.rederived", _findings(lambda f: {"held": False})),
        ("resting on nothing", "verdict.rederived", _findings(lambda f: {"event_ids": []})),
        ("another organisation", "verdict.rederived", lambda e: {"organisation": "别处"}),
    ),
    *_fields("HoursAudited", lambda log: [e for e in of(log, HoursAudited) if e.verdict is Verdict.DOUBTFUL],
        ("clean", "verdict.rederived", lambda e: {"verdict": Verdict.CLEAN})),
    *_fields("ProvinceApproved", last(ProvinceApproved),
        ("another time", "certificate.number", _later("approved_at", DAY))),
    *_fields("CertificateIssued", last(CertificateIssued),
        ("another number", "certificate.number", lambda e: {"number": "CE2-42-2026-000000000000"}),
        ("another date", "certificate.number", _later("issued_at", DAY))),
    *_fields("EnrollmentAdvanced", steps,
        ("from elsewhere", "file.followed", lambda e: {"from_status": "submitted"}),
        ("to elsewhere", "file.followed", lambda e: {"to_status": "certified"})),
]  # fmt: skip


def answers(log: Log) -> list[Event]:
    """What the face worker said of the pictures that passed checks rest on."""
    jobs = {job.job_id for job in pictures(log)}
    return [done for done in of(log, JobDone) if done.job_id in jobs]


def _other(value: Any) -> Any:
    """The other one of two."""
    assert isinstance(value, Moment | LessonKind)
    return next(each for each in type(value) if each is not value)


ALTERED = [*COURSE, *OFFICE, *FACES, *DRAWS, *PLAY, *CONCLUSIONS]
