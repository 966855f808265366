"""Studies and courses exist for those to whom they belong (R5, R22)."""

import pytest

from services.learning.domain.access import owned_by, played_by, run_by
from services.learning.tests.builders import a_course, a_session, a_study
from shared.domain.errors import NotFound


def test_a_study_exists_for_its_learner_alone():
    study = a_study()
    owned_by(study.person_id)(study)
    with pytest.raises(NotFound) as refused:
        owned_by("somebody else")(study)
    assert refused.value.details == {"what": "Study"}


@pytest.mark.parametrize("whose", [("another", "study"), ("person", "another")])
def test_a_play_session_exists_for_its_learner_in_its_enrolment_alone(whose):
    session = a_session()
    played_by("person", "study")(session)
    with pytest.raises(NotFound) as refused:
        played_by(*whose)(session)
    assert refused.value.details == {"what": "Session"}


@pytest.mark.parametrize("organisation", ["another", "", None])
def test_a_course_exists_for_its_organisation_alone(organisation):
    course = a_course()
    run_by(course.organisation)(course)
    with pytest.raises(NotFound) as refused:
        run_by(organisation)(course)
    assert refused.value.details == {"what": "Course"}
