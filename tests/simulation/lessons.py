"""Learning and proctor in the simulation: their own use cases, started by the events that start them."""

from typing import TYPE_CHECKING

from services.learning.application import face_checks, learners, playback
from services.learning.application.playback import Playback
from services.learning.domain import Study
from services.learning.storage import Learners, PlaySessions, Studies
from services.learning.tests.builders import a_course, a_lesson
from services.proctor.application import checks, sessions
from services.proctor.domain import FaceProfile, object_keys
from services.proctor.domain.ids import split_id
from services.proctor.domain.verification import Prompt, VerificationPolicy
from services.proctor.storage import FaceProfiles, ProctoredSessions
from shared.events.enrollment import DeclarationWithdrawn, LearningOpened
from shared.events.learning import CheckDue, LessonEntered, ScheduleMixed, SessionEnded
from shared.events.proctor import (
    FaceCheckFailed,
    FaceCheckPassed,
    IdentityVerified,
    JobDone,
    JobKind,
    JobQueued,
    ScheduleDrawn,
)
from shared.events.terms import LessonKind, StudyPolicy
from tests.simulation.face_worker import FaceJob, FaceJobs, a_film
from tests.simulation.leases import OPENER, SEALER, SEEDS

if TYPE_CHECKING:
    from tests.simulation.town import Town

VERIFICATION, PROMPTS = "v", [Prompt.NOD, Prompt.BLINK, Prompt.TURN_LEFT]
LESSON_MS = 50_000
POLICY = StudyPolicy(
    hour_seconds=50,
    compulsory_hours=1,
    elective_hours=0,
    report_period_s=5,
    bank_s=30,
    silence_s=30,
    check_deadline_s=60,
    cooldown_s=40,
)
COURSE = a_course(
    a_lesson(duration_ms=LESSON_MS), a_lesson("special", duration_ms=LESSON_MS, kind=LessonKind.ELECTIVE)
)

# ---- learning ----


def player(town: "Town") -> Playback:
    """What the api of learning serves."""
    return Playback(studies=town[Studies], learners=town[Learners], sessions=town[PlaySessions])


def open_study(town: "Town", event: LearningOpened) -> None:
    town[Studies].add(Study.open(event, town.course), because=event)


def verify_learner(town: "Town", event: IdentityVerified) -> None:
    learners.verify(town[Learners], event)


def close_study(town: "Town", event: DeclarationWithdrawn) -> None:
    learners.withdraw(town[Learners], event)
    playback.stop(town[Learners], town[PlaySessions], event.person_id, event.enrollment_id, town.clock())


def answer_draw(town: "Town", event: ScheduleDrawn) -> None:
    face_checks.answer_draw(town[PlaySessions], event)


def play(town: "Town", event: FaceCheckPassed) -> None:
    face_checks.pass_check(town[Studies], town[PlaySessions], OPENER, event, town.clock())


def pause(town: "Town", event: FaceCheckFailed) -> None:
    face_checks.fail_check(town[PlaySessions], event, town.clock())


def settle(town: "Town", event: SessionEnded) -> None:
    playback.settle(town[Studies], town[PlaySessions], event, town.clock)


def pass_time_at_the_player(town: "Town") -> None:
    """Silence, by the timer of learning."""
    playback.pass_time(town[PlaySessions], town.clock)


# ---- proctor ----


def verify(town: "Town", person_id: str) -> None:
    """实名认证: declared photo, consent and film at once."""

    def film(profile: FaceProfile) -> None:
        profile.declare(object_keys.declared_photo(person_id, "e0"))
        profile.give_consent("2026-01", town.clock())
        photo = object_keys.frontal_photo(person_id, VERIFICATION)
        profile.begin(VERIFICATION, PROMPTS, photo, VerificationPolicy(), town.clock())
        profile.submit_frames(VERIFICATION, a_film(person_id, VERIFICATION), town.clock())

    town[FaceProfiles].upsert(FaceProfile(id=person_id), film)


def begin_session(town: "Town", event: LessonEntered) -> None:
    sessions.begin(town[ProctoredSessions], SEEDS, event, town.clock())


def mix_schedule(town: "Town", event: ScheduleMixed) -> None:
    sessions.mix(town[ProctoredSessions], SEEDS, event, town.clock())


def request_unforeseen_check(town: "Town", event: CheckDue) -> None:
    sessions.request_unforeseen(town[ProctoredSessions], SEEDS, event, town.clock())


def end_session(town: "Town", event: SessionEnded) -> None:
    sessions.end(town[ProctoredSessions], SEEDS, event, town.clock())


def do_job(town: "Town", event: JobQueued) -> None:
    town[FaceJobs].add(FaceJob.do(event), because=event)


def conclude(town: "Town", event: JobDone) -> None:
    if event.kind is JobKind.LIVENESS:
        person_id, _ = split_id(event.job_id)
        town[FaceProfiles].update(person_id, lambda profile: profile.conclude(event), because=event)
    else:
        checks.conclude(town[ProctoredSessions], SEEDS, SEALER, event, town.clock())


def pass_time_at_the_camera(town: "Town") -> None:
    """Deadlines and cool-downs, by the timer of proctor."""
    sessions.pass_time(town[ProctoredSessions], town.clock)


LEARNING = {
    LearningOpened: open_study,
    IdentityVerified: verify_learner,
    DeclarationWithdrawn: close_study,
    ScheduleDrawn: answer_draw,
    FaceCheckPassed: play,
    FaceCheckFailed: pause,
    SessionEnded: settle,
}
PROCTOR = {
    LessonEntered: begin_session,
    ScheduleMixed: mix_schedule,
    CheckDue: request_unforeseen_check,
    SessionEnded: end_session,
    JobQueued: do_job,
    JobDone: conclude,
}
TIMERS = {"learning": pass_time_at_the_player, "proctor": pass_time_at_the_camera}
