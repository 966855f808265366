"""What the service does when something happened: twice, early, late; on real MongoDB."""

import secrets
from datetime import timedelta

import pytest

from services.learning.domain import SessionState, Turn
from services.learning.service import LearningService
from services.learning.tests.builders import (
    EVIDENCE,
    START,
    a_course,
    at,
    failed,
    opened,
    passed,
    published,
    requested,
)
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.events.enrollment import DeclarationWithdrawn
from shared.events.proctor import IdentityVerified


@pytest.fixture
def service(runtime) -> LearningService:
    service = LearningService()
    service.runtime = runtime
    return service


@pytest.fixture
def ids(service) -> dict[str, str]:
    course = service.runtime.courses.add(a_course(id=secrets.token_hex(8)))
    return {"course_id": course.id, "enrollment_id": secrets.token_hex(8), "person_id": secrets.token_hex(8)}


def learning_opened(ids):
    """Open until tomorrow: the service reads the real clock."""
    return published(opened(**ids, closes_at=utc_now() + timedelta(days=1)))


def verification(ids):
    return published(IdentityVerified(person_id=ids["person_id"], verification_id="v", evidence=EVIDENCE))


def entered(service, ids) -> str:
    """A session of the study, awaiting its check."""
    service.open_study(learning_opened(ids))
    turn = Turn(number=1, enrollment_id=ids["enrollment_id"], session_id="s1")
    service.runtime.studies.update(turn.enrollment_id, lambda study: study.enter("common", turn, at(0)))
    return turn.enrollment_id


def state(service, study: str) -> SessionState:
    return service.runtime.studies.get(study).sessions.state_of("s1")


def test_learning_opened_twice_opens_one_study(service, ids):
    event = learning_opened(ids)
    service.open_study(event)
    service.open_study(event)
    assert [lesson.lesson_id for lesson in service.runtime.studies.get(ids["enrollment_id"]).lessons] == [
        "common",
        "special",
    ]


def test_a_course_that_is_not_there_yet_is_waited_for(service, ids):
    with pytest.raises(NotFound):
        service.open_study(learning_opened(ids | {"course_id": "later"}))


@pytest.mark.parametrize("verified_first", [True, False])
def test_verification_counts_whichever_comes_first(service, ids, verified_first):
    acts = [
        lambda: service.verify_learner(verification(ids)),
        lambda: service.open_study(learning_opened(ids)),
    ]
    for act in acts if verified_first else reversed(acts):
        act()
    service.runtime.learners.get(ids["person_id"]).check_may_learn(ids["enrollment_id"])


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_withdrawal_and_verification_commute(service, ids, withdrawn_first):
    withdrawal = DeclarationWithdrawn(
        enrollment_id=ids["enrollment_id"], person_id=ids["person_id"], reason="moved", paid=True
    )
    acts = [
        lambda: service.close_study(published(withdrawal)),
        lambda: service.verify_learner(verification(ids)),
    ]
    for act in acts if withdrawn_first else reversed(acts):
        act()
    learner = service.runtime.learners.get(ids["person_id"])
    assert (learner.verified, learner.withdrawn) == (True, [ids["enrollment_id"]])


def test_a_passed_check_lets_the_session_play(service, ids):
    study = entered(service, ids)
    service.play(published(passed("c1", study=study)))
    assert state(service, study) is SessionState.PLAYING


def test_a_delivery_repeated_after_a_later_request_does_not_let_it_play(service, ids):
    study = entered(service, ids)
    event = published(passed("c1", study=study))
    service.play(event)
    service.await_check(published(requested("c2", study=study)))
    service.play(event)
    assert state(service, study) is SessionState.AWAITING_CHECK


def test_a_request_that_overtook_its_pass_does_not_block(service, ids):
    study = entered(service, ids)
    service.play(published(passed("c1", study=study)))
    service.await_check(published(requested("c1", moment=START, study=study)))
    assert state(service, study) is SessionState.PLAYING


def test_a_failed_check_pauses_once(service, ids):
    study = entered(service, ids)
    event = published(failed("c1", study=study))
    service.pause(event)
    service.pause(event)
    assert state(service, study) is SessionState.PAUSED
    types = [entry["type"] for entry in service.runtime.studies.rows.find_one({"_id": study})["outbox"]]
    assert types == ["learning.lesson.entered.v1", "learning.lesson.paused.v1"]
