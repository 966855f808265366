"""Frauds with a single event: dropped, doubled, out of order, of another person, outside its time."""

from collections.abc import Callable
from random import Random

from shared.events.base import Event
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
    ProvinceRejected,
)
from shared.events.enrollment import (
    AppealDecided,
    CaseDismissed,
    DeclarationApproved,
    DeclarationSubmitted,
    EnrollmentAdvanced,
    EnrollmentBarred,
    EnrollmentExpired,
    EnrollmentReinstated,
    EnrollmentResumed,
    EnrollmentSuspended,
    LearningOpened,
    PlanPublished,
    WindowExtended,
)
from shared.events.learning import (
    CheckDue,
    CoursePublished,
    Ending,
    LessonCompleted,
    LessonEntered,
    QuizAnswered,
    ScheduleMixed,
    SessionEnded,
    StudyCompleted,
)
from shared.events.payment import PaymentConfirmed
from shared.events.proctor import (
    ConsentGiven,
    ConsentWithdrawn,
    FaceCheckFailed,
    FaceCheckRequested,
    IdentityVerified,
    ScheduleDrawn,
    ScheduleRevealed,
)
from tests.audit_mutants.fraud import (
    DAY,
    STRANGER,
    Fraud,
    Log,
    Plant,
    batches,
    doubled,
    dropped,
    edited,
    moved_to_end,
    moved_to_front,
    of,
    passes,
    pictures,
    proofs,
    shifted,
)

Pick = Callable[[Log], list[Event]]


def every(kind: type[Event]) -> Pick:
    """Any event of a kind."""
    return lambda log: list(of(log, kind))


def on_the_first_day(kind: type[Event]) -> Pick:
    """Any event of a kind that came within a day of the opening."""

    def pick(log: Log) -> list[Event]:
        until = of(log, LearningOpened)[0].opened_at + DAY
        return [event for event in of(log, kind) if event.published.time < until]

    return pick


def last(kind: type[Event]) -> Pick:
    """The last event of a kind."""
    return lambda log: list(of(log, kind)[-1:])


def only(kind: type[Event]) -> Pick:
    """The event of a kind, where there is no second one."""
    return lambda log: list(of(log, kind)) if len(of(log, kind)) == 1 else []


def asked(log: Log) -> list[Event]:
    """Requests of checks that were passed."""
    used = {check.check_id for check in passes(log)}
    return [check for check in of(log, FaceCheckRequested) if check.check_id in used]


def courses(log: Log) -> list[Event]:
    """The course of the enrolment."""
    wanted = {opened.course_id for opened in of(log, LearningOpened)}
    return [course for course in of(log, CoursePublished) if course.course_id in wanted]


def plans(log: Log) -> list[Event]:
    """The plan of the enrolment."""
    wanted = {opened.plan_id for opened in of(log, LearningOpened)}
    return [plan for plan in of(log, PlanPublished) if plan.plan_id in wanted]


def after_expiry(log: Log) -> list[Event]:
    """Extensions without which the enrolment would have ended, and lessons were entered later."""
    expired = [event.published.time for event in of(log, EnrollmentExpired)]
    later = [event for event in of(log, LessonEntered) if expired and event.published.time > expired[0]]
    extended = only(WindowExtended)(log)
    return extended if later else []


def credited_entries(log: Log) -> list[Event]:
    """Beginnings of sessions in which something was credited."""
    return [each for each in of(log, LessonEntered) if each.session_id in _credited(log)]


def draws(kind: type[Event]) -> Pick:
    """Parts of the draws of sessions in which something was credited."""
    return lambda log: [each for each in of(log, kind) if getattr(each, "session_id", "") in _credited(log)]


def failures(log: Log) -> list[Event]:
    """Failed checks that ended a session."""
    ended = {each.check_id for each in of(log, SessionEnded) if each.ending is Ending.CHECK_FAILED}
    return [check for check in of(log, FaceCheckFailed) if check.check_id in ended]


def first_answers(log: Log) -> list[Event]:
    """The first answer to each question."""
    answers: dict[str, Event] = {}
    for answer in of(log, QuizAnswered):
        answers.setdefault(answer.question_id, answer)
    return list(answers.values())


def last_answers(log: Log) -> list[Event]:
    """Answers that end a quiz, where nothing is answered again."""
    answers = of(log, QuizAnswered)
    done = [each for each in answers if each.quiz_done]
    return [each for each in done if [other.lesson_id for other in done].count(each.lesson_id) == 1]


def steps(log: Log) -> list[Event]:
    """Steps of the enrolment, but the last, that lead somewhere else."""
    return [each for each in of(log, EnrollmentAdvanced)[:-1] if each.from_status != each.to_status]


def _credited(log: Log) -> set[str]:
    return {batch.session_id for batch in batches(log)}


def _named(name: str) -> str:
    return name.replace("_", " ")


def _single(what: str, pick: Pick, rule: str, edit: Callable[[Log, Event], list[Event]]) -> Fraud:
    def plant(log: Log, random: Random) -> list[Event] | None:
        events = pick(log)
        return edit(log, random.choice(events)) if events else None

    return Fraud(what, rule, plant)


DROPPED: dict[str, tuple[Pick, str]] = {
    "CoursePublished": (courses, "course.published"),
    "DeclarationSubmitted": (only(DeclarationSubmitted), "study.opened"),
    "DeclarationApproved": (every(DeclarationApproved), "study.opened"),
    "PaymentConfirmed": (every(PaymentConfirmed), "study.opened"),
    "LearningOpened": (every(LearningOpened), "study.opened"),
    "ConsentGiven": (only(ConsentGiven), "consent.given"),
    "ConsentWithdrawn": (every(ConsentWithdrawn), "consent.given"),
    "IdentityVerified": (only(IdentityVerified), "identity.verified"),
    "JobQueued of an identity": (proofs, "identity.evidence"),
    "JobQueued of a check": (pictures, "check.evidence"),
    "LessonEntered": (credited_entries, "session.entered"),
    "ScheduleDrawn": (draws(ScheduleDrawn), "schedule.drawn"),
    "ScheduleMixed": (draws(ScheduleMixed), "schedule.mixed"),
    "ScheduleRevealed": (draws(ScheduleRevealed), "schedule.revealed"),
    "FaceCheckRequested": (asked, "check.requested"),
    "FaceCheckPassed": (passes, "lesson.completed"),
    "FaceCheckFailed": (failures, "session.ended"),
    "PlaybackRecorded": (batches, "session.ended"),
    "CheckDue": (draws(CheckDue), "session.due"),
    "SessionEnded": (every(SessionEnded), "session.turn"),
    "QuizAnswered": (last_answers, "quiz.answered"),
    "LessonCompleted": (every(LessonCompleted), "study.completed"),
    "StudyCompleted": (every(StudyCompleted), "verdict.rederived"),
    "HoursAudited": (only(HoursAudited), "file.order"),
    "HoursConfirmed": (every(HoursConfirmed), "file.order"),
    "HoursReported": (every(HoursReported), "file.order"),
    "ProvinceApproved": (every(ProvinceApproved), "file.order"),
    "ProvinceRejected": (every(ProvinceRejected), "file.order"),
    "CertificateIssued": (every(CertificateIssued), "file.followed"),
    "EnrollmentAdvanced": (steps, "file.followed"),
    "EnrollmentSuspended": (every(EnrollmentSuspended), "file.followed"),
    "EnrollmentResumed": (every(EnrollmentResumed), "file.followed"),
    "CaseDismissed": (every(CaseDismissed), "study.resumed"),
    "AppealDecided": (every(AppealDecided), "study.resumed"),
    "EnrollmentExpired": (every(EnrollmentExpired), "file.followed"),
    "EnrollmentReinstated": (every(EnrollmentReinstated), "file.followed"),
    "WindowExtended": (after_expiry, "session.entered"),
    "PlanPublished": (plans, "hours.plan"),
}

DOUBLED: dict[str, tuple[Pick, str]] = {
    "CoursePublished": (courses, "course.published"),
    "DeclarationApproved": (every(DeclarationApproved), "study.opened"),
    "PaymentConfirmed": (every(PaymentConfirmed), "study.opened"),
    "LearningOpened": (every(LearningOpened), "study.opened"),
    "ConsentGiven": (every(ConsentGiven), "consent.given"),
    "ConsentWithdrawn": (every(ConsentWithdrawn), "consent.given"),
    "IdentityVerified": (every(IdentityVerified), "identity.verified"),
    "JobQueued of an identity": (proofs, "identity.evidence"),
    "JobQueued of a check": (pictures, "check.evidence"),
    "LessonEntered": (every(LessonEntered), "session.entered"),
    "ScheduleDrawn": (every(ScheduleDrawn), "schedule.drawn"),
    "ScheduleMixed": (every(ScheduleMixed), "schedule.mixed"),
    "ScheduleRevealed": (every(ScheduleRevealed), "schedule.revealed"),
    "FaceCheckRequested": (every(FaceCheckRequested), "check.concluded"),
    "FaceCheckPassed": (passes, "check.concluded"),
    "FaceCheckFailed": (failures, "check.concluded"),
    "PlaybackRecorded": (batches, "credit.numbered"),
    "CheckDue": (every(CheckDue), "session.due"),
    "SessionEnded": (every(SessionEnded), "session.ended"),
    "LessonCompleted": (every(LessonCompleted), "lesson.completed"),
    "StudyCompleted": (every(StudyCompleted), "study.completed"),
    "HoursAudited": (every(HoursAudited), "file.order"),
    "HoursConfirmed": (every(HoursConfirmed), "file.order"),
    "HoursReported": (every(HoursReported), "file.order"),
    "ProvinceApproved": (every(ProvinceApproved), "file.order"),
    "ProvinceRejected": (every(ProvinceRejected), "file.order"),
    "CertificateIssued": (every(CertificateIssued), "file.order"),
    "EnrollmentAdvanced": (steps, "file.followed"),
    "EnrollmentSuspended": (every(EnrollmentSuspended), "file.followed"),
    "EnrollmentResumed": (every(EnrollmentResumed), "file.followed"),
    "EnrollmentBarred": (every(EnrollmentBarred), "file.followed"),
    "EnrollmentExpired": (every(EnrollmentExpired), "file.followed"),
    "EnrollmentReinstated": (every(EnrollmentReinstated), "file.followed"),
    "WindowExtended": (every(WindowExtended), "window.extended"),
}

FIRST: dict[str, tuple[Pick, str]] = {
    "LearningOpened": (every(LearningOpened), "study.opened"),
    "IdentityVerified": (only(IdentityVerified), "consent.given"),
    "SessionEnded": (draws(SessionEnded), "session.ended"),
    "CheckDue": (every(CheckDue), "session.entered"),
    "FaceCheckPassed": (passes, "check.requested"),
    "ScheduleRevealed": (draws(ScheduleRevealed), "schedule.revealed"),
    "StudyCompleted": (every(StudyCompleted), "study.completed"),
    "CertificateIssued": (every(CertificateIssued), "file.order"),
    "HoursReported": (every(HoursReported), "file.order"),
}

LAST: dict[str, tuple[Pick, str]] = {
    "DeclarationSubmitted": (only(DeclarationSubmitted), "study.opened"),
    "DeclarationApproved": (every(DeclarationApproved), "study.opened"),
    "ConsentGiven": (only(ConsentGiven), "consent.given"),
    "LessonEntered": (credited_entries, "session.entered"),
    "ScheduleDrawn": (draws(ScheduleDrawn), "schedule.mixed"),
    "ScheduleMixed": (draws(ScheduleMixed), "session.ended"),
    "FaceCheckRequested": (asked, "check.requested"),
    "PlaybackRecorded": (batches, "session.ended"),
    "CheckDue": (every(CheckDue), "session.ended"),
    "QuizAnswered": (last_answers, "quiz.answered"),
    "LessonCompleted": (every(LessonCompleted), "study.completed"),
    "HoursAudited": (every(HoursAudited), "file.order"),
    "HoursConfirmed": (every(HoursConfirmed), "file.order"),
    "ProvinceApproved": (every(ProvinceApproved), "file.order"),
}

OF_ANOTHER: dict[str, tuple[Pick, str]] = {
    "DeclarationSubmitted": (every(DeclarationSubmitted), "log.person"),
    "DeclarationApproved": (every(DeclarationApproved), "log.person"),
    "PaymentConfirmed": (every(PaymentConfirmed), "log.person"),
    "LearningOpened": (every(LearningOpened), "log.person"),
    "ConsentGiven": (only(ConsentGiven), "consent.given"),
    "IdentityVerified": (only(IdentityVerified), "identity.verified"),
    "LessonEntered": (every(LessonEntered), "log.person"),
    "ScheduleMixed": (every(ScheduleMixed), "log.person"),
    "FaceCheckRequested": (every(FaceCheckRequested), "log.person"),
    "FaceCheckPassed": (passes, "check.person"),
    "FaceCheckFailed": (failures, "log.person"),
    "PlaybackRecorded": (batches, "log.person"),
    "CheckDue": (every(CheckDue), "log.person"),
    "SessionEnded": (every(SessionEnded), "log.person"),
    "QuizAnswered": (every(QuizAnswered), "log.person"),
    "LessonCompleted": (every(LessonCompleted), "log.person"),
    "StudyCompleted": (every(StudyCompleted), "log.person"),
    "HoursAudited": (every(HoursAudited), "log.person"),
    "HoursConfirmed": (every(HoursConfirmed), "log.person"),
    "HoursReported": (every(HoursReported), "log.person"),
    "ProvinceApproved": (every(ProvinceApproved), "log.person"),
    "ProvinceRejected": (every(ProvinceRejected), "log.person"),
    "CertificateIssued": (every(CertificateIssued), "log.person"),
    "EnrollmentAdvanced": (every(EnrollmentAdvanced), "log.person"),
    "EnrollmentSuspended": (every(EnrollmentSuspended), "log.person"),
    "EnrollmentResumed": (every(EnrollmentResumed), "log.person"),
    "EnrollmentBarred": (every(EnrollmentBarred), "log.person"),
    "EnrollmentExpired": (every(EnrollmentExpired), "log.person"),
    "EnrollmentReinstated": (every(EnrollmentReinstated), "log.person"),
    "WindowExtended": (every(WindowExtended), "log.person"),
}

TOO_EARLY: dict[str, tuple[Pick, str]] = {
    "LessonEntered": (on_the_first_day(LessonEntered), "session.entered"),
    "ScheduleDrawn": (draws(ScheduleDrawn), "schedule.drawn"),
    "ScheduleMixed": (draws(ScheduleMixed), "schedule.mixed"),
    "ScheduleRevealed": (draws(ScheduleRevealed), "schedule.revealed"),
    "FaceCheckRequested": (asked, "check.requested"),
    "FaceCheckPassed": (passes, "check.deadline"),
    "FaceCheckFailed": (failures, "check.requested"),
    "JobQueued of a check": (pictures, "check.deadline"),
    "PlaybackRecorded": (batches, "credit.arrival"),
    "CheckDue": (every(CheckDue), "session.due"),
    "SessionEnded": (every(SessionEnded), "session.ended"),
    "QuizAnswered": (on_the_first_day(QuizAnswered), "quiz.answered"),
    "LessonCompleted": (every(LessonCompleted), "lesson.completed"),
    "StudyCompleted": (every(StudyCompleted), "study.completed"),
    "HoursAudited": (last(HoursAudited), "verdict.rederived"),
    "HoursConfirmed": (every(HoursConfirmed), "file.order"),
    "HoursReported": (every(HoursReported), "file.order"),
    "ProvinceApproved": (every(ProvinceApproved), "file.order"),
    "CertificateIssued": (every(CertificateIssued), "file.order"),
    "EnrollmentAdvanced": (steps, "file.followed"),
    "LearningOpened": (every(LearningOpened), "study.opened"),
}

TOO_LATE: dict[str, tuple[Pick, str]] = {
    "CoursePublished": (courses, "course.published"),
    "DeclarationApproved": (every(DeclarationApproved), "study.opened"),
    "PaymentConfirmed": (every(PaymentConfirmed), "study.opened"),
    "LearningOpened": (every(LearningOpened), "study.opened"),
    "ConsentGiven": (only(ConsentGiven), "consent.given"),
    "IdentityVerified": (only(IdentityVerified), "identity.verified"),
    "JobQueued of a check": (pictures, "check.deadline"),
    "FaceCheckRequested": (asked, "check.requested"),
    "FaceCheckPassed": (passes, "log.order"),
    "ScheduleMixed": (draws(ScheduleMixed), "schedule.mixed"),
    "SessionEnded": (lambda log: list(of(log, SessionEnded)[:1]), "session.turn"),
    "QuizAnswered": (last_answers, "quiz.answered"),
}

EDITS: list[tuple[str, dict[str, tuple[Pick, str]], Callable[[Log, Event], list[Event]]]] = [
    ("dropped", DROPPED, dropped),
    ("doubled", DOUBLED, doubled),
    ("as the first of its subject", FIRST, moved_to_front),
    ("as the last of its subject", LAST, moved_to_end),
    ("of another person", OF_ANOTHER, lambda log, event: edited(log, event, person_id=STRANGER)),
    ("a day too early", TOO_EARLY, lambda log, event: shifted(log, event, -DAY)),
    ("a day too late", TOO_LATE, lambda log, event: shifted(log, event, DAY)),
]

SINGLE = [
    _single(f"{kind} {how}", pick, rule, edit)
    for how, table, edit in EDITS
    for kind, (pick, rule) in table.items()
]


def _gap(log: Log, random: Random) -> list[Event] | None:
    """Any event at all, of a subject that goes on, by somebody who cannot number it again."""
    numbered = [event for event in log if getattr(event, "enrollment_id", None) == "enrollment-1"]
    dropped_one = random.choice([event for event in numbered if _goes_on(log, event)])
    return [event for event in log if event is not dropped_one]


def _goes_on(log: Log, event: Event) -> bool:
    key = event.published.source, event.published.subject
    return any(
        (each.published.source, each.published.subject) == key
        and each.published.sequence > event.published.sequence
        for each in log
    )


GAP: Plant = _gap
SINGLE.append(Fraud("any event that another one follows, dropped", "log.gapless", GAP))
