"""Frauds of an insider: one service is theirs, all that it publishes fits together, the others are honest."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from services.audit.tests.builders import World
from services.audit.tests.logs import renumbered, swapped
from services.audit.tests.office import certificate_number
from shared.events.base import Event
from shared.events.certificate import CertificateIssued, HoursConfirmed, ProvinceApproved
from shared.events.enrollment import (
    AppealDecided,
    CaseDismissed,
    DeclarationSubmitted,
    EnrollmentResumed,
    EnrollmentSuspended,
    ExtensionCause,
    LearningOpened,
    PlanPublished,
    WindowExtended,
)
from shared.events.learning import CoursePublished, Ending, LessonEntered, SessionEnded
from shared.events.payment import PaymentConfirmed, PaymentRefunded
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified, JobDone, Moment
from shared.events.terms import LessonKind
from tests.audit_mutants.altered import answers, declared, unextended
from tests.audit_mutants.fraud import (
    DAY,
    Fraud,
    Log,
    batches,
    dropped,
    edited,
    moved_to_end,
    of,
    passes,
    pictures,
    proofs,
)
from tests.audit_mutants.schemes import STEP_MS, played

YEAR_MS = 365 * 86_400_000
HOUR = timedelta(hours=1)


# ---- whoever publishes ----


def foreign_source(log: Log, random: Random) -> list[Event] | None:
    """Learning publishes a passed check itself, under its own name, where numbers collide with nobody's."""
    passed = random.choice(passes(log))
    forged = replace(passed, meta=replace(passed.published, source="learning", subject="forged", sequence=1))
    return [*dropped(log, passed), forged]


def foreign_subject(log: Log, random: Random) -> list[Event] | None:
    """The end of a session stands in a subject of its own, so that no number tells what came after it."""
    ended = random.choice(of(log, SessionEnded))
    forged = replace(ended, meta=replace(ended.published, subject="apart", sequence=1))
    return renumbered(swapped(log, ended, forged))


# ---- learning ----


def hidden_silence(world: World) -> None:
    """Two hours without a report, and time is counted from their end: no new session, no new start check."""
    world.enter("lesson-c").play(STEP_MS)._flush()
    world.wait(7_200_000)
    world.session.anchor = world.session.anchored = world.learning_now
    world.play(STEP_MS)


def quiz_while_suspended(world: World) -> None:
    """The quiz is answered although learning has had time to hear of the suspension."""
    world.suspend().quiz("lesson-c").wait(60_000).resume()


def turns_reversed(log: Log, random: Random) -> list[Event] | None:
    """Of two sessions the later one is said to have come first."""
    entered = sorted(of(log, LessonEntered), key=lambda event: event.turn)
    if len(entered) < 2:
        return None
    one, other = entered[0], entered[-1]
    return edited(edited(log, one, turn=other.turn), other, turn=one.turn)


def elsewhere(log: Log, random: Random) -> list[Event] | None:
    """A lesson that is for another specialty counts."""
    course = next(each for each in of(log, CoursePublished) if each.course_id == "course-1")
    other = {LessonKind.ELECTIVE: "安装", LessonKind.COMPULSORY: None}
    lessons = [replace(each, specialty=other[each.kind]) for each in course.lessons]
    return edited(log, course, lessons=lessons)


def excused(ending: Ending) -> Fraud:
    """A learner left a check; the session is said to have ended in a way that excuses it."""

    def plant(log: Log, random: Random) -> list[Event] | None:
        if of(log, EnrollmentSuspended) or of(log, WindowExtended):
            return None
        left = [each for each in of(log, SessionEnded) if each.ending is Ending.SUPERSEDED]
        return edited(log, random.choice(left), ending=ending) if left else None

    return Fraud(f"a session that ended as {ending}", "session.ended", plant)


# ---- proctor ----


def no_cooldown(world: World) -> None:
    """A dozen failed checks one after the other, until one is passed."""
    for _ in range(12):
        world.enter("lesson-c", start_check=False).draw().ask(Moment.START, patient=False)
        world.answer(outcome="mismatch")


def second_try(world: World) -> None:
    """The start check fails, and is asked for again in the same session."""
    world.enter("lesson-c", start_check=False).draw().ask(Moment.START)
    failed = FaceCheckFailed(**world.check(Moment.START), reason="mismatch", evidence=None)
    world.publish(failed, world.session.id)
    check = world.check
    world.check = lambda moment: {**check(moment), "check_id": f"{check(moment)['check_id']}-2"}  # type: ignore[method-assign]
    world.ask(Moment.START).answer()
    world.check = check  # type: ignore[method-assign]


def picture_of_the_identity(log: Log, random: Random) -> list[Event] | None:
    """A check is passed with a picture of the verification."""
    verified = of(log, IdentityVerified)[0]
    return _with_pictures(log, random, verified.evidence.object_keys[-1:])


def picture_of_another_study(log: Log, random: Random) -> list[Event] | None:
    """A check is passed with a picture that answered a check in the person's other enrolment."""
    own = of(log, FaceCheckPassed)
    others = [each for each in log if isinstance(each, FaceCheckPassed) and each not in own]
    return _with_pictures(log, random, random.choice(others).evidence.object_keys) if others else None


def _with_pictures(log: Log, random: Random, keys: list[str]) -> list[Event]:
    passed = random.choice(passes(log))
    job = next(each for each in pictures(log) if each.frame_keys[-1] == passed.evidence.object_keys[-1])
    changed = edited(log, job, frame_keys=keys)
    return edited(changed, passed, evidence=replace(passed.evidence, object_keys=keys))


def second_answer(log: Log, random: Random) -> list[Event] | None:
    """The worker said that it was no match, and then that it was."""
    done = random.choice(answers(log))
    assert isinstance(done, JobDone)
    first = replace(done, outcome="mismatch", meta=replace(done.published, id="first answer"))
    place = next(place for place, each in enumerate(log) if each is done)
    return [*log[:place], first, *log[place:]]


def no_prompts(log: Log, random: Random) -> list[Event] | None:
    """A verification asked for no movement."""
    return edited(log, proofs(log)[0], prompts=[])


# ---- enrollment ----


def long_window(log: Log, random: Random) -> list[Event] | None:
    """The window closes a year later than the plan says."""
    return edited(log, opened, closes_at=opened.closes_at + DAY * 365) if (opened := _opened(log)) else None


def _opened(log: Log) -> LearningOpened | None:
    found = unextended(log)
    return found[0] if found and isinstance(found[0], LearningOpened) else None


def before_the_class(log: Log, random: Random) -> list[Event] | None:
    """Learning opens a month before the class begins."""
    plan = _plan(log)
    return edited(log, plan, class_opens_at=plan.class_opens_at + DAY * 30)


def other_course(log: Log, random: Random) -> list[Event] | None:
    """Learning opens with another course than the plan's."""
    return edited(log, _plan(log), course_id="course-9")


def other_specialty(log: Log, random: Random) -> list[Event] | None:
    """The plan is one for another specialty."""
    return edited(log, _plan(log), specialty="安装")


def one_fen(log: Log, random: Random) -> list[Event] | None:
    """The declaration says that the fee is one fen, and one fen is paid."""
    changed = list(log)
    for event in declared(log):
        changed = edited(changed, event, fee_fen=1)
    return edited(changed, of(log, PaymentConfirmed)[0], amount_fen=1)


def _plan(log: Log) -> PlanPublished:
    return next(plan for plan in of(log, PlanPublished) if plan.plan_id == "plan-1")


def long_pause(log: Log, random: Random) -> list[Event] | None:
    """A suspension of minutes makes the window a year longer."""
    longer = [each for each in of(log, WindowExtended) if each.cause is ExtensionCause.SUSPENSION]
    if not longer or not of(log, EnrollmentSuspended):
        return None
    last = longer[-1]
    until = last.closes_at + DAY * 365
    return edited(log, last, closes_at=until, extended_ms=last.extended_ms + YEAR_MS)


def changed_when_approved(log: Log, random: Random) -> list[Event] | None:
    """The declaration that was approved is corrected afterwards."""
    submitted = of(log, DeclarationSubmitted)
    if len(submitted) < 2:
        return None
    changed = edited(log, submitted[-1], photo_id="photo-2")
    return moved_to_end(changed, of(changed, DeclarationSubmitted)[-1])


def lost_appeal(log: Log, random: Random) -> list[Event] | None:
    """An appeal is lost, and the enrolment goes on."""
    won = of(log, AppealDecided)
    return edited(log, won[0], won=False) if won else None


def another_case(log: Log, random: Random) -> list[Event] | None:
    """The case for which the enrolment was suspended stands; another one was dismissed."""
    suspended = of(log, EnrollmentSuspended)
    return edited(log, suspended[-1], case_id="case-9") if suspended and of(log, EnrollmentResumed) else None


def endless_plan(log: Log, random: Random) -> list[Event] | None:
    """The plan gives more months than there will be."""
    return [
        replace(event, policy=replace(event.policy, study_months=10**6))
        if hasattr(event, "policy")
        else event
        for event in log
    ]


def dismissed_after_all(log: Log, random: Random) -> list[Event] | None:
    """A case was confirmed, and dismissed afterwards instead of appealed against."""
    for won in of(log, AppealDecided):
        dismissed = CaseDismissed(
            case_id=won.case_id, enrollment_id=won.enrollment_id, person_id=won.person_id,
            decided_by=won.decided_by, reason=won.reason,
            meta=replace(won.published, type=CaseDismissed.TYPE),
        )  # fmt: skip
        return swapped(log, won, dismissed)
    return None


# ---- payment and certificate ----


def refunded(log: Log, random: Random) -> list[Event] | None:
    """The fee was paid, and went back."""
    paid = of(log, PaymentConfirmed)[0]
    meta = replace(
        paid.published, id="refund", sequence=2, type=PaymentRefunded.TYPE, time=paid.published.time + HOUR
    )
    back = PaymentRefunded(
        order_id=paid.order_id, enrollment_id=paid.enrollment_id, amount_fen=paid.amount_fen,
        channel=paid.channel, refund_id="r1", reason="双方同意", meta=meta,
    )  # fmt: skip
    return [*log, back]


def negative_refusals(log: Log, random: Random) -> list[Event] | None:
    """Fewer reports are said to have been refused than none."""
    return edited(log, batches(log)[0], refusals_left_out=-5) if batches(log) else None


def backdated(log: Log, random: Random) -> list[Event] | None:
    """Approval and certificate bear the date of the year before."""
    approved, issued = of(log, ProvinceApproved)[-1], of(log, CertificateIssued)[-1]
    at = approved.approved_at - DAY * 365
    number = certificate_number("enrollment-1", at)
    return edited(edited(log, approved, approved_at=at), issued, issued_at=at, number=number)


def approved_by_nobody(log: Log, random: Random) -> list[Event] | None:
    """The province's approval names nobody."""
    return edited(log, of(log, ProvinceApproved)[-1], approved_by=" ")


def confirmed_by(name: str) -> Fraud:
    def plant(log: Log, random: Random) -> list[Event] | None:
        return edited(log, of(log, HoursConfirmed)[0], confirmed_by=name)

    return Fraud(f"hours confirmed by {name or 'nobody'}", "file.confirmed", plant)


INSIDER = [
    Fraud("a check that learning passed itself", "log.source", foreign_source),
    Fraud("a session's end in a subject of its own", "log.source", foreign_subject),
    played("a silence that time is counted from the end of", "credit.silence", hidden_silence),
    played("a quiz answered while suspended", "study.suspended", quiz_while_suspended),
    Fraud("turns reversed", "session.turn", turns_reversed),
    Fraud("a lesson for another specialty", "course.published", elsewhere),
    played("failed checks without a cool-down", "check.attempts", no_cooldown),
    played("a failed start check asked for again", "check.concluded", second_try),
    Fraud("a check with a picture of the verification", "check.evidence", picture_of_the_identity),
    Fraud("a check with a picture from another study", "check.evidence", picture_of_another_study),
    Fraud("a second answer of the worker", "check.evidence", second_answer),
    Fraud("a window of a year", "window.opened", long_window),
    Fraud("opened before its class", "window.opened", before_the_class),
    Fraud("opened with another course", "hours.plan", other_course),
    Fraud("declared for another specialty", "study.opened", other_specialty),
    Fraud("a fee of one fen", "study.opened", one_fen),
    Fraud("a year for a suspension of minutes", "window.extended", long_pause),
    Fraud("a fee that went back", "study.opened", refunded),
    Fraud("a declaration changed when it was approved", "study.opened", changed_when_approved),
    excused(Ending.STOPPED),
    excused(Ending.WINDOW_CLOSED),
    Fraud("a verification without prompts", "identity.evidence", no_prompts),
    Fraud("a confirmed case dismissed", "study.resumed", dismissed_after_all),
    Fraud("resumed for another case", "study.resumed", another_case),
    Fraud("a plan without an end", "window.opened", endless_plan),
    Fraud("a lost appeal", "study.resumed", lost_appeal),
    Fraud("refused reports below zero", "credit.figures", negative_refusals),
    Fraud("a certificate of last year", "certificate.number", backdated),
    Fraud("approved by nobody", "file.confirmed", approved_by_nobody),
    confirmed_by("policy"),
    confirmed_by(""),
]
