"""Frauds that take more than one event: somebody plays, or lets a service decide, against the rules.

They are played in a world of their own, in which learning or proctor is the forger's, and then published as
if nothing had been.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

from services.audit.tests.builders import MILLISECOND, QUESTIONS, World
from services.audit.tests.logs import renumbered
from shared.events.base import Event
from shared.events.certificate import HoursAudited
from shared.events.learning import (
    CheckDue,
    Ending,
    LessonEntered,
    PlaybackRecorded,
    QuizAnswered,
    ScheduleMixed,
    SessionEnded,
)
from shared.events.proctor import (
    FaceCheckPassed,
    FaceCheckRequested,
    JobQueued,
    Moment,
    ScheduleDrawn,
    ScheduleRevealed,
)
from shared.events.terms import LessonKind, StudyPolicy
from tests.audit_mutants.fraud import Fraud, Log, batches, dropped, ended_after, of, passes, pictures

HOUR_MS = 3_600_000
LONG_MS = 45 * 60_000  # a lesson of one 学时
STEP_MS = 15_000
Scheme = Callable[[World], object]


def _world(random: Random, duration_ms: int = LONG_MS) -> World:
    policy = StudyPolicy(hour_seconds=duration_ms // 1_000, compulsory_hours=1, elective_hours=1)
    return World(policy=policy, duration_ms=duration_ms, random=random).open()


def conclude(world: World) -> list[Event]:
    """The rest of the study, honestly; then the certificate."""
    for lesson in world.lessons:
        if not world.is_checked(lesson):
            world.enter(lesson).watch(STEP_MS).check_now().watch(STEP_MS)
        elif world.covered[lesson] < world.duration:
            world.enter(lesson).watch(STEP_MS)
        world.quiz(lesson)
    return world.finish().events


def played(name: str, rule: str, scheme: Scheme) -> Fraud:
    """`scheme`: what is done in the first lesson."""

    def plant(_: Log, random: Random) -> list[Event] | None:
        world = _world(random)
        scheme(world)
        if world.play_session:
            world.end(Ending.SUPERSEDED)
        return conclude(world)

    return Fraud(name, rule, plant)


def _lawless(world: World) -> World:
    """Learning lets the first lesson's credit run to its end, whatever the lease says."""
    world.enter("lesson-c")
    world.session.lease = world.duration
    return world


def _bank(world: World, ms: int) -> World:
    """Learning finds time that never passed."""
    world.session.bank += ms
    return world


# ---- played ----


def silent_report(world: World) -> None:
    """Leave for the length of the lesson, and send one report."""
    world.enter("lesson-c")
    world.session.lease, play = world.duration, world.session
    world.wait(world.duration)
    whole = world.duration
    play.batch = [world._record(0, whole, 1.0, world.learning_now, 1, paid=whole, credited=whole)]
    play.covered, play.reports, play.anchor = world.duration, 1, world.learning_now
    world._go_on()
    world.check_now()


def check_after_all(world: World) -> None:
    """The unforeseen check only after all of the video."""
    _lawless(world).watch(STEP_MS)
    world.check_now()


def check_after_all_forged_moment(world: World) -> None:
    """The same, and proctor publishes another moment than it drew."""
    _lawless(world)
    world.session.moment = world.duration
    world.watch(STEP_MS)
    world.check_now()


def no_unforeseen_check(world: World) -> None:
    """All of the video without the unforeseen check; the next session makes good for it."""
    _lawless(world).watch(STEP_MS)


def faster(world: World) -> None:
    """1.25 × real time, reported as 1×."""
    world.enter("lesson-c")
    while world.session.lease and world.session.covered < world.session.lease:
        _bank(world, 3_000).play(STEP_MS, took=12_000)
    world.check_now()


def hidden_bank(world: World) -> None:
    """A minute more in the bank than was left, after a check."""
    world.enter("lesson-c").watch(STEP_MS)
    world.ask(Moment.UNFORESEEN)
    world.session.bank += 45_000
    world.answer()
    if world.play_session:
        world.play(60_000, took=STEP_MS)


def time_of_the_check(world: World) -> None:
    """Time counts while the start check is asked."""
    world.enter("lesson-c", start_check=False).draw().ask(Moment.START).answer(20_000)
    world.session.anchor -= 20_000 * MILLISECOND
    world.session.anchored = world.session.anchor
    world.play(STEP_MS, took=1_000)


def before_any_check(world: World) -> None:
    """Credit in a session that nobody's face was seen in."""
    world.enter("lesson-c", start_check=False).draw()
    world.session.lease = world.duration
    world.play(STEP_MS)


def after_failed_check(world: World) -> None:
    """Credit goes on although the start check failed."""
    world.enter("lesson-c", start_check=False).draw().ask(Moment.START)
    world.session.lease = world.duration
    world.play(STEP_MS).answer(outcome="mismatch")


def over_silence(world: World) -> None:
    """Five minutes without a report, of which a minute counts."""
    world.enter("lesson-c").play(STEP_MS)
    world.policy = replace(world.policy, silence_s=3_600)
    world.play(60_000, took=300_000)


def seek(world: World) -> None:
    """Skipping a part of the video, and learning credits all that lies before."""
    world.enter("lesson-c").play(STEP_MS)
    play = world.session
    play.covered += 60_000
    world.play(STEP_MS)


def late_answer(world: World) -> None:
    """The start check is answered an hour after its deadline."""
    world.enter("lesson-c", start_check=False).draw().ask(Moment.START).answer(HOUR_MS + 60_000)
    world.play(STEP_MS)


def consent_withdrawn(world: World) -> None:
    """Faces are compared although the consent was withdrawn."""
    world.revoke().enter("lesson-c")


def consent_renewed(world: World) -> None:
    """Faces are compared under a consent under which no identity was verified."""
    world.revoke().wait(60_000).consent().wait(60_000).enter("lesson-c")


def withdrawn(world: World) -> None:
    """Learning goes on after the declaration was withdrawn."""
    world.withdraw().wait(130_000)


def suspended(world: World) -> None:
    """Learning goes on while the enrolment is suspended, though it has had two minutes to hear of it."""
    world.suspend().enter("lesson-c").play(STEP_MS).end(Ending.SUPERSEDED).resume()


def barred(world: World) -> None:
    """The same, barred, and never resumed."""
    world.suspend(barred=True)


def after_the_end(world: World) -> None:
    """A session ends as superseded, and goes on earning."""
    world.enter("lesson-c").play(STEP_MS)
    play = world.session
    world.end(Ending.SUPERSEDED)
    world.play_session, play.lease = play, world.duration
    world.play(STEP_MS)._flush()
    world.covered["lesson-c"], world.play_session = play.covered, None


def early_seed(world: World) -> None:
    """Proctor reveals the seed while the session plays."""
    world.enter("lesson-c").play(STEP_MS)
    play = world.session
    revealed = ScheduleRevealed(
        session_id=play.id, enrollment_id=world.enrollment, seed=play.seed.hex(), unforeseen_at_ms=play.moment
    )
    world.publish(revealed, play.id)
    world.play(STEP_MS)


def chosen_value(world: World) -> None:
    """Learning draws again until the moment suits: a second answer to one commitment."""
    world.enter("lesson-c", start_check=False).draw()
    play = world.session
    mixed = ScheduleMixed(**world.where(), seed_hash="0" * 64, value="11" * 32)
    world.publish(mixed, play.id)
    world.ask(Moment.START).answer()


def same_seed(world: World) -> None:
    """Proctor draws once for two sessions."""
    world.enter("lesson-c").end(Ending.SUPERSEDED)
    seed = bytes(32)
    for _ in range(2):
        world.enter("lesson-c", start_check=False)
        world.session.seed = seed
        world.draw().end(Ending.SUPERSEDED)


def same_value(world: World) -> None:
    """Learning answers two commitments alike."""
    for _ in range(2):
        world.enter("lesson-c", start_check=False)
        world.session.value = "22" * 32
        world.draw().end(Ending.SUPERSEDED)


def two_devices(world: World) -> None:
    """A second session plays while the first one does."""
    world.enter("lesson-c").play(STEP_MS).play(STEP_MS)
    begun = world.now
    first = world.session
    world.play_session = None
    world.now = begun - 20_000 * MILLISECOND
    world.enter("lesson-e").play(STEP_MS).end(Ending.SUPERSEDED)
    world.now = max(world.now, begun)
    world.play_session = first


PLAYED = [
    played("one silent report for all of the video", "credit.silence", silent_report),
    played("the unforeseen check after all of the video", "credit.lease", check_after_all),
    played("the same with a forged moment", "schedule.moment", check_after_all_forged_moment),
    played("all of the video without the unforeseen check", "credit.lease", no_unforeseen_check),
    played("1.25 × real time", "credit.bank", faster),
    played("a bank that grew during a check", "credit.bank", hidden_bank),
    played("time counted from before the start check", "credit.lease", time_of_the_check),
    played("credit before the start check", "credit.lease", before_any_check),
    played("credit after a failed start check", "credit.lease", after_failed_check),
    played("credit for a silence", "credit.silence", over_silence),
    played("a seek that is credited", "credit.seek", seek),
    played("a check answered an hour after its deadline", "check.deadline", late_answer),
    played("checks without consent", "consent.given", consent_withdrawn),
    played("checks under a consent without identity", "consent.given", consent_renewed),
    played("learning after the declaration was withdrawn", "declaration.withdrawn", withdrawn),
    played("learning while suspended", "study.suspended", suspended),
    played("learning while barred", "study.suspended", barred),
    played("credit after the session ended", "session.ended", after_the_end),
    played("a seed revealed while the session plays", "schedule.revealed", early_seed),
    played("a second answer to one commitment", "schedule.mixed", chosen_value),
    played("one seed for two sessions", "schedule.drawn", same_seed),
    played("one value for two sessions", "schedule.mixed", same_value),
    played("two devices at the same time", "credit.wall_clock", two_devices),
]


def two_enrolments(_: Log, random: Random) -> list[Event] | None:
    """One person plays in two enrolments at the same time."""
    one = _world(random)
    two = World(
        one.person, "enrollment-2", policy=one.policy, duration_ms=LONG_MS, random=random, number="2"
    ).share(one)
    two.enrol()
    for world in (one, two):
        world.now = max(one.now, two.now) if world is two else world.now
    start = two.now
    one.now = start
    two.enter("lesson-c").watch(STEP_MS).check_now().watch(STEP_MS)
    theirs = [event for event in two.events if getattr(event, "person_id", None) == one.person]
    return renumbered([*conclude(one), *theirs])


# ---- edited ----


def no_schedule(log: Log, random: Random) -> list[Event] | None:
    """No schedule was drawn or revealed, in any session."""
    kinds = ScheduleDrawn | ScheduleMixed | ScheduleRevealed
    return dropped(log, *(event for event in log if isinstance(event, kinds)))


def no_schedule_in_one(log: Log, random: Random) -> list[Event] | None:
    """The same in one session that earned something."""
    if not batches(log):
        return None
    session = random.choice(batches(log)).session_id
    kinds = ScheduleDrawn | ScheduleMixed | ScheduleRevealed
    return dropped(log, *(e for e in log if isinstance(e, kinds) and e.session_id == session))


def no_requests(log: Log, random: Random) -> list[Event] | None:
    """No face check was ever asked for."""
    return dropped(log, *of(log, FaceCheckRequested))


def no_pictures(log: Log, random: Random) -> list[Event] | None:
    """No picture was ever sent."""
    return dropped(log, *pictures(log))


def far_faces(log: Log, random: Random) -> list[Event] | None:
    """Every pass rests on a distance of 1.4 at a threshold of 0.6."""
    return [
        replace(event, evidence=replace(event.evidence, distance=1.4))
        if isinstance(event, FaceCheckPassed)
        else event
        for event in log
    ]


def strangers_face(log: Log, random: Random) -> list[Event] | None:
    """Every check is another person's."""
    return [
        replace(event, person_id="person-2") if isinstance(event, FaceCheckPassed) else event for event in log
    ]


def one_picture_for_all(log: Log, random: Random) -> list[Event] | None:
    """Every check is passed with the picture of the first one."""
    keys = passes(log)[0].evidence.object_keys
    kinds = FaceCheckPassed | JobQueued
    changed = []
    for event in log:
        if isinstance(event, FaceCheckPassed):
            event = replace(event, evidence=replace(event.evidence, object_keys=keys))
        elif isinstance(event, JobQueued) and event.kind == "check":
            event = replace(event, frame_keys=keys)
        changed.append(event)
    return changed if any(isinstance(event, kinds) for event in log) else None


def no_quiz(log: Log, random: Random) -> list[Event] | None:
    """The quiz of a lesson was never answered."""
    lesson = random.choice(of(log, QuizAnswered)).lesson_id
    return dropped(log, *(answer for answer in of(log, QuizAnswered) if answer.lesson_id == lesson))


def half_a_quiz(log: Log, random: Random) -> list[Event] | None:
    """A quiz is done though one of its questions was never answered."""
    lesson = random.choice(of(log, QuizAnswered)).lesson_id
    answers = [answer for answer in of(log, QuizAnswered) if answer.lesson_id == lesson]
    if len({answer.question_id for answer in answers}) < QUESTIONS:
        return None
    first = answers[0].question_id
    return dropped(log, *(answer for answer in answers if answer.question_id == first))


def no_verdict(log: Log, random: Random) -> list[Event] | None:
    """A certificate without any verdict."""
    return dropped(log, *of(log, HoursAudited))


def no_tail(log: Log, random: Random) -> list[Event] | None:
    """The end of a session that earned something: its last reports, its end, its seed."""
    if not batches(log):
        return None
    batch = random.choice(batches(log))
    number = batch.published.sequence
    tail = [
        event
        for event in log
        if getattr(event, "session_id", None) == batch.session_id
        and (
            (event.published.source == "learning" and event.published.sequence >= number)
            or isinstance(event, ScheduleRevealed)
        )
    ]
    return dropped(log, *tail)


def unnoticed_tail(log: Log, random: Random) -> list[Event] | None:
    """The last reports of a session, and an end that fits what is left."""
    if not batches(log):
        return None
    batch = random.choice(batches(log))
    session = [each for each in of(log, PlaybackRecorded) if each.session_id == batch.session_id]
    same = [each for each in session if each.batch < batch.batch]
    later = [each for each in session if each.batch >= batch.batch]
    ended = ended_after(log, batch.session_id)
    entered = next(e for e in of(log, LessonEntered) if e.session_id == batch.session_id)
    accepted = [report.number for each in same for report in each.reports if report.refusal is None]
    covered = same[-1].covered_ms if same else entered.covered_ms
    fitting = replace(ended, covered_ms=covered, reports=accepted[-1] if accepted else 0)
    return dropped([fitting if event is ended else event for event in log], *later)


def whole_session(log: Log, random: Random) -> list[Event] | None:
    """A session that earned something never was."""
    if not batches(log):
        return None
    session = random.choice(batches(log)).session_id
    jobs = [job for job in of(log, JobQueued) if job.published.subject == session]
    return dropped(log, *(e for e in log if getattr(e, "session_id", None) == session), *jobs)


def invented_report(log: Log, random: Random) -> list[Event] | None:
    """A report that never came, in the last batch; those after it are numbered to fit."""
    ends = {batch.session_id: batch for batch in batches(log)}  # the last of each session
    fitting = [batch for batch in ends.values() if len([r for r in batch.reports if r.credited_ms]) > 1]
    if not fitting:
        return None
    batch = random.choice(fitting)
    place = next(number for number, report in enumerate(batch.reports) if report.credited_ms)
    again = batch.reports[place]
    rest = [
        replace(report, number=report.number + (report.refusal is None))
        for report in batch.reports[place + 1 :]
    ]
    reports = [*batch.reports[: place + 1], replace(again, number=again.number + 1, credited_ms=0), *rest]
    return [replace(event, reports=reports) if event is batch else event for event in log]


def due_without_reports(log: Log, random: Random) -> list[Event] | None:
    """The unforeseen check is due at once: proctor's moment is forged, and so is what learning says."""
    dues = [
        due for due in of(log, CheckDue) if due.session_id in {batch.session_id for batch in batches(log)}
    ]
    if not dues:
        return None
    due = random.choice(dues)
    entered = next(e for e in of(log, LessonEntered) if e.session_id == due.session_id)
    changed = []
    for event in log:
        if event is due:
            event = replace(due, covered_ms=entered.covered_ms)
        elif isinstance(event, ScheduleRevealed) and event.session_id == due.session_id:
            event = replace(event, unforeseen_at_ms=entered.covered_ms)
        changed.append(event)
    return changed


def few_hours(log: Log, random: Random) -> list[Event] | None:
    """1 + 1 hours where plan and policy ask for 40 + 40."""
    policy = {"compulsory_hours": 40, "elective_hours": 40}
    return [
        replace(event, policy=replace(event.policy, **policy)) if hasattr(event, "policy") else event
        for event in log
    ]


def all_electives(log: Log, random: Random) -> list[Event] | None:
    """The compulsory lesson is called elective by learning alone."""
    changed = []
    for event in log:
        if getattr(event, "kind", None) is LessonKind.COMPULSORY:
            event = replace(event, kind=LessonKind.ELECTIVE)  # type: ignore[call-arg]
        changed.append(event)
    return changed


def closed_window(log: Log, random: Random) -> list[Event] | None:
    """The window closed an hour before the last report that counted."""
    if not batches(log):
        return None
    latest = max(report.received_at for batch in batches(log) for report in batch.reports if report.paid_ms)
    return [
        replace(event, closes_at=latest - timedelta(milliseconds=1)) if hasattr(event, "closes_at") else event
        for event in log
    ]


def unended_session(log: Log, random: Random) -> list[Event] | None:
    """The last session of the study never ended, and its seed stayed secret."""
    last = max(of(log, SessionEnded), key=lambda event: event.published.time)
    gone = [
        e for e in log if isinstance(e, SessionEnded | ScheduleRevealed) and e.session_id == last.session_id
    ]
    return dropped(log, *gone)


EDITED = [
    Fraud("no schedule drawn or revealed", "schedule.drawn", no_schedule),
    Fraud("no schedule in one session", "schedule.revealed", no_schedule_in_one),
    Fraud("no check asked for", "check.requested", no_requests),
    Fraud("no picture sent", "check.evidence", no_pictures),
    Fraud("every face too far", "check.evidence", far_faces),
    Fraud("every check another person's", "check.person", strangers_face),
    Fraud("one picture for all checks", "check.evidence", one_picture_for_all),
    Fraud("a quiz never answered", "quiz.answered", no_quiz),
    Fraud("a question never answered", "quiz.answered", half_a_quiz),
    Fraud("no verdict", "file.order", no_verdict),
    Fraud("the tail of a session dropped", "session.turn", no_tail),
    Fraud("the last reports of a session dropped, and its end fits", "lesson.completed", unnoticed_tail),
    Fraud("a session that earned something dropped", "lesson.completed", whole_session),
    Fraud("a report invented", "session.ended", invented_report),
    Fraud("a check due at once", "schedule.moment", due_without_reports),
    Fraud("1 + 1 hours where the plan asks 40 + 40", "hours.plan", few_hours),
    Fraud("compulsory lessons called elective", "lesson.completed", all_electives),
    Fraud("credit after the window closed", "credit.window", closed_window),
    Fraud("the last session never ended", "session.turn", unended_session),
    Fraud("two enrolments at the same time", "credit.wall_clock", two_enrolments),
]
SCHEMES = [*PLAYED, *EDITED]
