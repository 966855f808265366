"""Ids that lead back to their aggregate."""

from hypothesis import given
from hypothesis import strategies as st

from services.proctor.domain.ids import join_id, session_of_check, session_of_job, split_id

WHOLES = st.text("0123456789abcdef-", min_size=1)
PARTS = st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=1)


@given(WHOLES, PARTS)
def test_what_was_joined_is_split_again(whole_id, part):
    assert split_id(join_id(whole_id, part)) == (whole_id, part)


def test_a_check_and_the_job_of_its_frame_lead_to_their_session():
    assert session_of_check("5e55-start") == "5e55"
    assert session_of_job("5e55-unforeseen-2") == "5e55"


def test_text_that_is_no_check_leads_to_no_session():
    assert session_of_check("nonsense") == ""
