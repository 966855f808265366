"""Consent and identity verification (R16)."""

from datetime import timedelta

import pytest

from services.proctor.domain import VerificationState
from services.proctor.domain.object_keys import reference_photo
from services.proctor.domain.profile import (
    AlreadyVerified,
    ConsentMissing,
    NotDeclared,
    NotVerified,
    VerificationBusy,
)
from services.proctor.domain.verification import (
    Prompt,
    TooManyAttempts,
    VerificationClosed,
    WrongFrameCount,
    draw_prompts,
)
from services.proctor.tests.builders import FRAMES, NOW, POLICY, PROMPTS, a_profile, an_answer, later
from shared.domain.errors import NotFound
from shared.events.proctor import ConsentGiven, ConsentWithdrawn, IdentityRefused, IdentityVerified, JobQueued


def begun(profile=None, id="v1", now=NOW):
    profile = profile or a_profile()
    profile.begin(id, PROMPTS, "frontal", POLICY, now)
    return profile


def examining():
    profile = begun()
    profile.submit_frames("v1", FRAMES, later(10))
    return profile


def verified():
    profile = examining()
    profile.conclude(an_answer("person-1-v1", "match"))
    return profile


def test_prompts_are_three_different_ones_in_changing_order():
    draws = [draw_prompts() for _ in range(400)]
    assert all(len(set(draw)) == 3 for draw in draws)
    assert {draw[0] for draw in draws} == set(Prompt)
    assert len({tuple(draw) for draw in draws}) > 40  # of 60


def test_consent_is_recorded_once_for_a_text():
    profile = a_profile(consent_version=None)
    profile.give_consent("2026-01", NOW)
    profile.give_consent("2026-01", later(1))
    assert profile.events == [ConsentGiven(person_id="person-1", text_version="2026-01")]
    assert profile.consented_at == NOW


def test_nothing_without_consent():
    profile = a_profile(consent_version=None)
    with pytest.raises(ConsentMissing):
        begun(profile)
    with pytest.raises(ConsentMissing):
        profile.reference()


def test_nothing_to_compare_with_without_a_declaration():
    with pytest.raises(NotDeclared):
        begun(a_profile(declared_key=None))


def test_a_face_check_needs_a_verified_reference():
    with pytest.raises(NotVerified):
        examining().reference()
    assert verified().reference() == reference_photo("person-1", "v1")


def test_frames_become_a_job_with_the_declared_photo():
    job = examining().events[-1]
    assert isinstance(job, JobQueued)
    assert (job.job_id, job.owner) == ("person-1-v1", "person-1")
    assert (job.frame_keys, job.reference_key) == (["frontal", *FRAMES], "declared.jpg")
    assert job.prompts == ["nod", "blink", "turn_left"]


def test_a_match_verifies_with_evidence():
    event = verified().events[-1]
    assert isinstance(event, IdentityVerified)
    assert event.evidence.object_keys == ["frontal", *FRAMES]
    assert event.evidence.threshold == 0.6


@pytest.mark.parametrize("outcome", ["mismatch", "not_live", "spoof", "no_face", "unreadable"])
def test_anything_else_is_refused_and_leaves_no_reference(outcome):
    profile = examining()
    profile.conclude(an_answer("person-1-v1", outcome))
    assert isinstance(profile.events[-1], IdentityRefused)
    assert profile.verification("v1").reason == outcome
    assert profile.reference_key is None


def test_a_repeated_answer_of_the_worker_changes_nothing():
    profile = verified()
    profile.conclude(an_answer("person-1-v1", "mismatch"))
    assert isinstance(profile.events[-1], IdentityVerified)
    assert profile.reference() == reference_photo("person-1", "v1")


def test_frames_count_once():
    with pytest.raises(VerificationClosed):
        examining().submit_frames("v1", FRAMES, later(11))


def test_frames_after_the_expiry_are_refused():
    profile = begun()
    with pytest.raises(VerificationClosed):
        profile.submit_frames("v1", FRAMES, later(180.001))
    verification = profile.verification("v1")
    assert verification.state_at(later(180)) is VerificationState.WAITING_FRAMES
    assert verification.state_at(later(181)) is VerificationState.REFUSED
    assert verification.reason_at(later(181)) == "expired"


@pytest.mark.parametrize("count", [0, 16, 49])
def test_too_few_or_too_many_frames_are_refused(count):
    profile = begun()
    with pytest.raises(WrongFrameCount):
        profile.submit_frames("v1", ["frame"] * count, later(1))
    assert profile.verification("v1").state is VerificationState.WAITING_FRAMES


def test_a_new_attempt_replaces_the_open_one():
    profile = begun(begun(), id="v2", now=later(1))
    with pytest.raises(VerificationClosed):
        profile.submit_frames("v1", FRAMES, later(2))
    profile.submit_frames("v2", FRAMES, later(2))


def test_one_is_examined_at_a_time():
    profile = examining()
    with pytest.raises(VerificationBusy):
        begun(profile, id="v2", now=later(20))
    begun(profile, id="v2", now=later(601))  # nobody answered: it blocks no longer


def test_attempts_are_limited_in_a_window():
    profile = a_profile()
    for number in range(3):
        begun(profile, id=f"v{number}", now=later(number))
    with pytest.raises(TooManyAttempts) as refused:
        begun(profile, id="v3", now=later(10))
    wait = timedelta(seconds=refused.value.details["retry_after_s"])
    begun(profile, id="v3", now=later(10) + wait)


def test_who_is_verified_need_not_again():
    with pytest.raises(AlreadyVerified):
        begun(verified(), id="v2", now=later(60))


def test_a_foreign_or_unknown_verification_is_not_found():
    with pytest.raises(NotFound):
        begun().verification("v9")


def test_withdrawn_consent_ends_what_it_allowed():
    profile = verified()
    profile.withdraw_consent()
    profile.withdraw_consent()
    assert [type(event) for event in profile.events].count(ConsentWithdrawn) == 1
    with pytest.raises(ConsentMissing):
        profile.reference()
    profile.give_consent("2026-01", later(100))
    with pytest.raises(NotVerified):
        profile.reference()


def test_consent_withdrawn_during_an_examination_voids_it():
    profile = examining()
    profile.withdraw_consent()
    profile.conclude(an_answer("person-1-v1", "match"))
    assert profile.reference_key is None
    assert profile.verification("v1").reason == "consent_withdrawn"


def test_a_job_is_open_from_the_frames_to_the_answer():
    assert begun().open_jobs == {}
    assert examining().open_jobs == {"person-1-v1": NOW}
    assert verified().open_jobs == {}


def test_only_the_verified_photo_is_referred_to():
    assert not examining().refers_to("v1")
    assert verified().refers_to("v1")
    assert not verified().refers_to("v2")
