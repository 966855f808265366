"""Learning and proctor in the simulation: their own use cases, started by the events that start them."""

from typing import TYPE_CHECKING

from services.learning.application import face_checks, learners, playback
from services.learning.application.playback import Playback
from services.learning.domain import Study
from services.learning.storage import Learners, PlaySessions, Studies
from services.learning.tests.builders import a_course, a_lesson
from services.proctor.application import checks, sessions
from services.proctor.storage import ProctoredSessions
from shared.events.enrollment import DeclarationWithdrawn, LearningOpened
from shared.events.learning import CheckDue, LessonEntered, ScheduleMixed, SessionEnded
from shared.events.proctor import (
    FaceCheckFailed,
    FaceCheckPassed,
    IdentityVerified,
    JobDone,
    JobQueued,
    ScheduleDrawn,
)
from shared.events.terms import LessonKind, StudyPolicy
from tests.simulation.face_worker import Face, FaceJob, FaceJobs, Faces
from tests.simulation.leases import OPENER, SEALER, SEEDS

if TYPE_CHECKING:
    from tests.simulation.town import Town

LESSON_MS = 50_000
POLICY = StudyPolicy(
    hour_seconds=50,
    compulsory_hours=1,
    elective_hours=1,
    report_period_s=5,
    bank_s=20,
    silence_s=20,
    check_deadline_s=30,
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
    town[Studies].add(Study.open(event, COURSE), because=event)


def verify_learner(town: "Town", event: IdentityVerified) -> None:
    learners.verify(town[Learners], event)


def close_study(town: "Town", event: DeclarationWithdrawn) -> None:
    learners.withdraw(town[Learners], event)
    playback.stop(town[Learners], town[PlaySessions], event.person_id, event.enrollment_id, town.clock())


def answer_draw(town: "Town", event: ScheduleDrawn) -> None:
    face_checks.answer_draw(town[PlaySessions], event)


def play(town: "Town", event: FaceCheckPassed) -> None:
    face_checks.pass_check(town[PlaySessions], OPENER, event, town.clock())


def pause(town: "Town", event: FaceCheckFailed) -> None:
    face_checks.fail_check(town[PlaySessions], event, town.clock())


def settle(town: "Town", event: SessionEnded) -> None:
    playback.settle(town[Studies], town[PlaySessions], event, town.clock)


def pass_time_at_the_player(town: "Town") -> None:
    """Silence, by the timer of learning."""
    playback.pass_time(town[PlaySessions], town.clock)


# ---- proctor ----


def verify(town: "Town", person_id: str) -> None:
    """实名认证, in short."""
    town[Faces].add(Face.verify(person_id))


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
