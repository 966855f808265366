"""What the service does when something happened: twice, early, late; on real MongoDB."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from services.learning.domain import PassedCheck, PlaySession, SessionState, Turn
from services.learning.runtime import LearningEventsRuntime
from services.learning.service import LearningService
from services.learning.settings import LearningEventsSettings
from services.learning.tests.builders import (
    EVIDENCE,
    POLICY,
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    opened,
    published,
    report,
)
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.events.enrollment import DeclarationWithdrawn, ExtensionCause, WindowExtended
from shared.events.envelope import decode
from shared.events.learning import Ending
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified, Moment, ScheduleDrawn
from shared.security.leases import Lease, LeaseInvalid, LeaseSealer
from shared.settings import read
from testkit.servers import environments

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def service(client, servers) -> LearningService:
    """The events process on the tests' own database, beside the api."""
    site = servers.stack.site
    environment = servers.env_for("learning") | environments.leases(site, "learning")
    service = LearningService()
    service.runtime = LearningEventsRuntime(read(LearningEventsSettings, environment))
    return service


@pytest.fixture(scope="module")
def sealer(servers) -> LeaseSealer:
    return LeaseSealer(servers.stack.site.credentials.ec_pair("lease").public)


class Case:
    """One learner with one study and, once entered, one session; the service reads the real clock."""

    def __init__(self, service: LearningService, sealer: LeaseSealer) -> None:
        self.service, self.sealer, self.runtime = service, sealer, service.runtime
        course = self.runtime.courses.add(a_course(a_lesson(), id=secrets.token_hex(8)))
        self.course_id = course.id
        self.enrollment_id, self.person_id, self.session_id = (secrets.token_hex(8) for _ in range(3))
        self.closes_at = utc_now() + timedelta(days=1)

    def opened(self, **changes):
        ids = {"course_id": self.course_id, "enrollment_id": self.enrollment_id, "person_id": self.person_id}
        policy = replace(POLICY, elective_hours=0)
        return published(opened(**ids, closes_at=self.closes_at, policy=policy, **changes))

    def enter(self) -> None:
        self.service.open_study(self.opened())
        self.service.verify_learner(self.verified())
        now = utc_now()
        turn = self.runtime.learners.update(
            self.person_id,
            lambda learner: learner.take_turn(None, self.enrollment_id, self.session_id, now),
        )
        study = self.runtime.studies.update_and_get(
            self.enrollment_id, lambda study: study.enter("common", now)
        )
        self.runtime.sessions.add(
            PlaySession.begin(
                turn, study.lesson("common"), person_id=self.person_id, login_id="phone",
                closes_at=study.closes_at, policy=study.policy, now=now,
            )
        )  # fmt: skip

    def verified(self):
        return published(IdentityVerified(person_id=self.person_id, verification_id="v", evidence=EVIDENCE))

    def withdrawn(self):
        return published(
            DeclarationWithdrawn(
                enrollment_id=self.enrollment_id, person_id=self.person_id, reason="moved", paid=True
            )
        )

    def drawn(self, seed_hash: str = "hash"):
        return published(
            ScheduleDrawn(
                session_id=self.session_id, enrollment_id=self.enrollment_id, lesson_id="common",
                seed_hash=seed_hash,
            )
        )  # fmt: skip

    def passed(self, moment: Moment = START, lease_ms: int = 14_000, **lease):
        claims = {"session_id": self.session_id, "check_id": f"c-{moment}", "until_ms": lease_ms} | lease
        sealed = self.sealer.seal(Lease(**claims))
        return published(FaceCheckPassed(**self._check(moment), evidence=EVIDENCE, lease=sealed))

    def failed(self):
        return published(FaceCheckFailed(**self._check(START), reason="missed", evidence=None))

    def _check(self, moment: Moment):
        return {
            "check_id": f"c-{moment}", "session_id": self.session_id, "enrollment_id": self.enrollment_id,
            "person_id": self.person_id, "lesson_id": "common", "moment": moment,
        }  # fmt: skip

    @property
    def session(self) -> PlaySession:
        return self.runtime.sessions.get(self.session_id)

    @property
    def study(self):
        return self.runtime.studies.get(self.enrollment_id)

    def types(self) -> list[str]:
        outbox = self.runtime.sessions.rows.find_one({"_id": self.session_id})["outbox"]
        return [entry["type"].removeprefix("learning.").removesuffix(".v1") for entry in outbox]


@pytest.fixture
def case(service, sealer) -> Case:
    return Case(service, sealer)


@pytest.fixture
def entered(case) -> Case:
    case.enter()
    return case


# ---- studies and learners ----


def test_learning_opened_twice_opens_one_study(case):
    event = case.opened()
    case.service.open_study(event)
    case.service.open_study(event)
    assert [lesson.lesson_id for lesson in case.study.lessons] == ["common"]


def test_a_course_that_is_not_there_yet_is_waited_for(case):
    case.course_id = "later"
    with pytest.raises(NotFound):
        case.service.open_study(case.opened())


@pytest.mark.parametrize("verified_first", [True, False])
def test_verification_counts_whichever_comes_first(case, verified_first):
    acts = [
        lambda: case.service.verify_learner(case.verified()),
        lambda: case.service.open_study(case.opened()),
    ]
    for act in acts if verified_first else reversed(acts):
        act()
    case.runtime.learners.get(case.person_id).check_may_learn(case.enrollment_id)


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_withdrawal_and_verification_commute(case, withdrawn_first):
    acts = [
        lambda: case.service.close_study(case.withdrawn()),
        lambda: case.service.verify_learner(case.verified()),
    ]
    for act in acts if withdrawn_first else reversed(acts):
        act()
    learner = case.runtime.learners.get(case.person_id)
    assert (learner.verified, learner.withdrawn) == (True, [case.enrollment_id])


def test_a_withdrawal_ends_the_session_that_plays(entered):
    entered.service.close_study(entered.withdrawn())
    assert entered.session.ending is Ending.STOPPED


def test_an_extended_window_is_that_of_the_study_and_of_its_session(entered):
    later = entered.closes_at + timedelta(days=1)
    extended = WindowExtended(
        enrollment_id=entered.enrollment_id,
        person_id=entered.person_id,
        closes_at=later,
        extended_ms=86_400_000,
        cause=ExtensionCause.OUTAGE,
    )
    for _ in range(2):
        entered.service.extend_window(published(extended))
    assert later - entered.study.closes_at < SECOND
    assert later - entered.session.closes_at < SECOND


# ---- draws, checks and leases (R17, R18) ----


def test_a_draw_is_answered_once_however_often_it_comes(entered):
    event = entered.drawn()
    entered.service.answer_draw(event)
    entered.service.answer_draw(event)
    entered.service.answer_draw(entered.drawn("another hash"))
    assert entered.types().count("schedule.mixed") == 1


def test_a_passed_check_lets_the_session_play_as_far_as_its_lease(entered):
    entered.service.play(entered.passed(lease_ms=7_000))
    assert (entered.session.state, entered.session.lease_ms) == (SessionState.PLAYING, 7_000)
    assert entered.session.checks == [PassedCheck(check_id="c-start", moment=START)]


def test_a_passed_check_that_is_delivered_again_opens_no_second_lease(entered):
    event = entered.passed()
    entered.service.play(event)
    before = entered.session
    entered.service.play(event)
    assert entered.session == before


@pytest.mark.parametrize("changes", [{"session_id": "another"}, {"check_id": "another"}])
def test_a_lease_of_another_session_or_check_is_refused(entered, changes):
    with pytest.raises(LeaseInvalid):
        entered.service.play(entered.passed(**changes))
    assert entered.session.state is SessionState.AWAITING_CHECK


def test_a_passed_check_without_a_lease_is_refused(entered):
    check = FaceCheckPassed(**entered._check(START), evidence=EVIDENCE)
    with pytest.raises(LeaseInvalid):
        entered.service.play(published(check))
    assert entered.session.state is SessionState.AWAITING_CHECK


def test_a_check_of_a_session_that_is_not_there_yet_is_waited_for(case):
    with pytest.raises(NotFound):
        case.service.play(case.passed())


def test_a_failed_check_ends_the_session_once_and_is_named(entered):
    event = entered.failed()
    entered.service.pause(event)
    entered.service.pause(event)
    assert entered.session.ending is Ending.CHECK_FAILED
    assert entered.types() == ["lesson.entered", "session.ended"]


# ---- settling ----


def watched(entered) -> None:
    """All of the video is covered but for the slack, and the unforeseen check is due."""
    entered.service.play(entered.passed(lease_ms=14_000))
    entered.runtime.sessions.update(
        entered.session_id, lambda session: session.report(report(1, 0, 14), session.silent_at)
    )
    assert entered.session.state is SessionState.AWAITING_CHECK


def ended(entered):
    return published(last_of(entered, "session.ended"))


def last_of(entered, type_: str):
    outbox = entered.runtime.sessions.rows.find_one({"_id": entered.session_id})["outbox"]
    return decode([entry["body"] for entry in outbox if type_ in entry["type"]][-1])


def test_what_an_ended_session_has_earned_becomes_the_lessons_once(entered):
    watched(entered)
    entered.service.play(entered.passed(UNFORESEEN, 15_000))
    assert entered.session.ending is Ending.COMPLETED
    event = ended(entered)
    entered.service.settle(event)
    entered.service.settle(event)
    lesson = entered.study.lesson("common")
    assert (lesson.covered_ms, lesson.completed) == (14_000, True)
    assert entered.study.completed_at is not None


def test_a_check_passed_in_time_completes_the_lesson_after_the_clock_has_closed_the_window(entered):
    watched(entered)
    in_time = entered.passed(UNFORESEEN, 15_000)
    entered.runtime.sessions.update(
        entered.session_id, lambda session: close(session, in_time.published.time)
    )
    entered.runtime.studies.update(
        entered.enrollment_id, lambda study: setattr(study, "closes_at", in_time.published.time + SECOND)
    )
    entered.service.settle(ended(entered))
    assert not entered.study.lesson("common").completed
    for _ in range(2):
        entered.service.play(in_time)
    assert entered.session.ending is Ending.WINDOW_CLOSED
    assert entered.study.lesson("common").completed
    assert entered.study.completed_at == entered.study.closes_at


def close(session: PlaySession, passed_at) -> None:
    session.closes_at = passed_at + SECOND
    session.elapse(session.closes_at)


def test_a_session_that_never_began_settles_nothing(entered):
    turn = Turn(number=9, enrollment_id=entered.enrollment_id, session_id=secrets.token_hex(8))
    never = entered.runtime.sessions.end(turn, Ending.SUPERSEDED, entered.person_id, utc_now())
    assert entered.runtime.sessions.rows.find_one({"_id": never.id})["outbox"] == []


def test_the_timer_ends_what_was_silent_too_long(entered):
    entered.service.play(entered.passed())

    def long_ago(session: PlaySession) -> None:
        session.bank.anchored_at -= timedelta(hours=1)
        session.wake_at -= timedelta(hours=1)

    entered.runtime.sessions.update(entered.session_id, long_ago)
    entered.service.pass_time()
    assert entered.session.ending is Ending.SILENT
