"""Ids of jobs lead back to what asked for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proctor.domain.jobs import CheckFrame, check_id_of, session_of
from shared.events.proctor import Moment

SESSION_IDS = st.text("0123456789abcdef-", min_size=1, max_size=36)


@given(SESSION_IDS, st.sampled_from(Moment), st.integers(1, 99))
def test_a_frames_job_leads_back_to_its_check_and_its_session(session_id: str, moment: Moment, number: int):
    frame = CheckFrame(check_id_of(session_id, moment), number)
    assert CheckFrame.of_job(frame.job_id) == frame
    assert frame.session_id == session_of(frame.check_id) == session_id


def test_the_id_of_a_frames_job_is_session_moment_and_number():
    assert CheckFrame(check_id_of("5e55", Moment.UNFORESEEN), 2).job_id == "5e55-unforeseen-2"


def test_the_job_of_a_photo_is_no_check_frame():
    with pytest.raises(ValueError, match="invalid literal"):
        CheckFrame.of_job("photo")


def test_text_that_is_no_check_belongs_to_no_session():
    assert session_of("nonsense") == ""
