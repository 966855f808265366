"""Where the rules of proctor draw their lines, and what an event or a refusal names (R3, R16–R18, R20)."""

from datetime import timedelta

import pytest

from services.proctor.domain import Check, CheckState, ProctoredSession, VerificationState
from services.proctor.domain.check import CheckClosed, CheckNotOpen, CheckPolicy
from services.proctor.domain.jobs import FaceOutcome, evidence_of
from services.proctor.domain.object_keys import reference_photo
from services.proctor.domain.photo import PhotoStatus
from services.proctor.domain.photo_rules import (
    LEVEL_TWO,
    PhotoFile,
    PhotoNotFrontal,
    PhotoRules,
    PhotoTooLarge,
    PhotoWrongFormat,
    PhotoWrongSize,
)
from services.proctor.domain.profile import MAX_VERIFICATIONS, ConsentMissing
from services.proctor.domain.schedule import SEED_BYTES
from services.proctor.domain.streak import Streak
from services.proctor.domain.verification import (
    TooManyAttempts,
    Verification,
    VerificationClosed,
    VerificationPolicy,
    WrongFrameCount,
)
from services.proctor.tests.builders import (
    FIGURES,
    FRAMES,
    NO_FAILURE,
    NOW,
    POLICY,
    PROMPTS,
    SEED,
    a_photo,
    a_profile,
    a_stored_photo,
    a_value,
    an_answer,
    an_entry,
    an_open_session,
    later,
    published,
    unsealed,
)
from shared.domain.errors import NotFound
from shared.events.learning import Ending
from shared.events.proctor import (
    ConsentWithdrawn,
    Evidence,
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    IdentityRefused,
    IdentityVerified,
    JobKind,
    JobQueued,
    Moment,
    PhotoExamined,
    ReviewRequested,
    ScheduleDrawn,
    ScheduleRevealed,
)

SEED_HASH = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"  # sha256sum of the seed
START, UNFORESEEN = "5e55-start", "5e55-unforeseen"
CHECK = {
    "session_id": "5e55", "enrollment_id": "enrollment-1", "person_id": "person-1", "lesson_id": "lesson-1",
}  # fmt: skip


# ---- photos (R3) ----


@pytest.mark.parametrize(
    ("change", "refusal", "measured", "limit"),
    [
        ({"bytes": 51_201}, PhotoTooLarge, 51_201, 51_200),
        ({"format": "PNG"}, PhotoWrongFormat, "PNG", "JPEG"),
        ({"width": 149}, PhotoWrongSize, "149×180", "150×180"),
        ({"height": 181}, PhotoWrongSize, "150×181", "150×180"),
    ],
)
def test_a_refused_file_says_by_how_much(change, refusal, measured, limit):
    with pytest.raises(refusal) as refused:
        LEVEL_TWO.check_file(
            PhotoFile(**{"bytes": 51_200, "format": "JPEG", "width": 150, "height": 180, **change})
        )
    assert refused.value.details == {"measured": measured, "limit": limit}


def test_several_formats_are_named_together():
    with pytest.raises(PhotoWrongFormat) as refused:
        PhotoRules(formats=("JPEG", "PNG")).check_file(PhotoFile(bytes=1, format="GIF", width=1, height=1))
    assert refused.value.details["limit"] == "JPEG or PNG"


@pytest.mark.parametrize(
    "figures",
    [
        {"yaw": 15.0}, {"yaw": -15.0}, {"pitch": 23.0}, {"pitch": -18.0}, {"roll": 12.0}, {"roll": -12.0},
        {"blue_share": 0.6},
    ],
)  # fmt: skip
def test_a_face_at_the_very_limits_is_taken(figures):
    assert LEVEL_TWO.failure(FaceOutcome.OK, FIGURES | figures) is None


@pytest.mark.parametrize(
    ("outcome", "figures", "details"),
    [
        ("ok", {"yaw": -15.06}, {"axis": "yaw", "measured": -15.1, "limit": "-15.0…15.0"}),
        ("ok", {"pitch": 23.26}, {"axis": "pitch", "measured": 23.3, "limit": "-18.0…23.0"}),
        ("ok", {"pitch": -18.1}, {"axis": "pitch", "measured": -18.1, "limit": "-18.0…23.0"}),
        ("ok", {"roll": 12.34}, {"axis": "roll", "measured": 12.3, "limit": "-12.0…12.0"}),
        ("ok", {"blue_share": 0.596}, {"measured": 60, "limit": 60}),
        ("ok", {"blue_share": 0.59}, {"measured": 59, "limit": 60}),
        ("several_faces", {"faces": 3}, {"measured": 3}),
        ("too_dark", {"luma": 12.6}, {"measured": 13}),
        ("no_face", {}, {}),
        ("too_small", {}, {}),
        ("unreadable", {}, {}),
    ],
)
def test_a_refused_photo_says_by_how_much(outcome, figures, details):
    assert LEVEL_TWO.failure(FaceOutcome(outcome), FIGURES | figures).details == details


def test_the_first_broken_rule_is_named():
    failure = LEVEL_TWO.failure(FaceOutcome.OK, FIGURES | {"yaw": 40.0, "roll": 40.0, "blue_share": 0.0})
    assert isinstance(failure, PhotoNotFrontal)
    assert failure.details["axis"] == "yaw"


def test_the_job_of_a_photo_says_what_to_measure():
    photo = a_photo()
    photo.queue()
    assert photo.events == [
        JobQueued(job_id="photo-1", kind=JobKind.PHOTO, owner="photo-1", frame_keys=["uploads/photo-1.jpg"])
    ]


def test_a_refused_photo_says_which_rule_it_broke():
    photo = a_photo()
    photo.conclude(an_answer("photo-1", "no_face", kind=JobKind.PHOTO, figures={"faces": 0}), LEVEL_TWO)
    assert photo.events == [
        PhotoExamined(photo_id="photo-1", sha256="00", accepted=False, code="photo.no_face")
    ]
    assert (photo.outcome, photo.figures) == ("no_face", {"faces": 0})
    assert photo.status is PhotoStatus.REFUSED


def test_a_photo_is_adopted_once_by_each_enrolment():
    photo = a_stored_photo("photo-1")
    for enrollment_id in ("enrollment-1", "enrollment-2", "enrollment-1"):
        photo.adopt(enrollment_id)
    assert photo.adopted_by == ["enrollment-1", "enrollment-2"]


# ---- evidence (R20) ----


def test_evidence_keeps_all_that_was_measured():
    figures = {"distance": 0.4, "threshold": 0.6, "liveness": {"blink": 0.9}, "antispoof": "real"}
    assert evidence_of(an_answer("j", "match", figures=figures), ["a", "b"]) == Evidence(
        outcome="match", distance=0.4, threshold=0.6, model="Dlib", model_version="abc",
        liveness={"blink": 0.9}, antispoof="real", object_keys=["a", "b"],
    )  # fmt: skip


def test_evidence_says_what_was_not_measured():
    assert evidence_of(an_answer("j", "no_face", figures={}), ["a"]) == Evidence(
        outcome="no_face", distance=None, threshold=0.0, model="Dlib", model_version="abc", liveness={},
        antispoof="absent", object_keys=["a"],
    )  # fmt: skip


# ---- verification (R16) ----


def begun(profile=None, id="v1", now=NOW, policy=POLICY):
    profile = profile or a_profile()
    profile.begin(id, PROMPTS, "frontal", policy, now)
    return profile


def examining(**changes):
    profile = begun(a_profile(**changes))
    profile.submit_frames("v1", FRAMES, later(10))
    return profile


def test_an_attempt_has_its_prompts_its_photo_and_its_time():
    (verification,) = begun().verifications
    assert verification == Verification(
        id="v1", prompts=PROMPTS, begun_at=NOW, expires_at=later(180), object_keys=["frontal"]
    )


def test_by_default_an_attempt_lasts_three_minutes_and_there_are_five_in_an_hour():
    assert VerificationPolicy() == VerificationPolicy(seconds=180, attempts=5, window_seconds=3_600)


def test_a_seed_has_as_many_bytes_as_its_hash():
    assert len(bytes.fromhex(SEED_HASH)) == SEED_BYTES


@pytest.mark.parametrize("count", [17, 48])
def test_the_fewest_and_the_most_frames_are_taken(count):
    profile = begun()
    profile.submit_frames("v1", ["frame"] * count, later(180))
    assert profile.verification("v1").state is VerificationState.EXAMINING


def test_a_wrong_count_of_frames_names_what_is_needed():
    with pytest.raises(WrongFrameCount) as refused:
        begun().check_takes_frames("v1", 49, later(1))
    assert refused.value.details == {"measured": 49, "least": 17, "most": 48}


def test_the_job_of_a_verification_says_what_to_compare():
    assert examining().events == [
        JobQueued(
            job_id="person-1-v1", kind=JobKind.LIVENESS, owner="person-1",
            frame_keys=["frontal", *FRAMES], reference_key="declared.jpg",
            prompts=["nod", "blink", "turn_left"],
        )
    ]  # fmt: skip


@pytest.mark.parametrize(("outcome", "kind"), [("match", IdentityVerified), ("spoof", IdentityRefused)])
def test_the_verdict_names_person_verification_and_evidence(outcome, kind):
    profile, done = examining(), an_answer("person-1-v1", outcome)
    profile.conclude(done)
    evidence = evidence_of(done, ["frontal", *FRAMES])
    assert profile.events[-1] == kind(person_id="person-1", verification_id="v1", evidence=evidence)
    verified = outcome == "match"
    state = VerificationState.VERIFIED if verified else VerificationState.REFUSED
    assert profile.verification("v1").state is state
    assert profile.reference_key == (reference_photo("person-1", "v1") if verified else None)


def closed_reason(profile, now):
    with pytest.raises(VerificationClosed) as refused:
        profile.check_takes_frames("v1", 20, now)
    return refused.value.details["reason"]


def test_a_closed_verification_says_why():
    assert closed_reason(begun(), later(181)) == "expired"
    assert closed_reason(begun(begun(), id="v2"), later(1)) == "replaced"
    assert closed_reason(examining(), later(11)) == "examining"


def test_a_withdrawal_of_consent_says_whose_and_ends_what_is_open():
    profile = begun()
    profile.withdraw_consent()
    assert profile.events == [ConsentWithdrawn(person_id="person-1")]
    assert (profile.consent_version, profile.consented_at, profile.reference_key) == (None, None, None)
    assert profile.verification("v1").reason == "consent_withdrawn"
    with pytest.raises(ConsentMissing):
        profile.check_takes_frames("v1", 20, later(1))


def test_nothing_is_withdrawn_that_was_not_given():
    profile = a_profile(consent_version=None)
    profile.withdraw_consent()
    assert profile.events == []


def test_another_text_needs_another_consent():
    profile = a_profile(consent_version="2026-01")
    profile.give_consent("2026-02", later(5))
    assert (profile.consent_version, profile.consented_at) == ("2026-02", later(5))


def test_the_latest_declared_photo_is_the_one_to_compare_with():
    profile = a_profile()
    profile.declare("corrected.jpg")
    assert profile.declared_key == "corrected.jpg"


def test_what_a_profile_lacks_is_named():
    with pytest.raises(NotFound) as refused:
        a_profile().verification("v9")
    assert refused.value.details == {"what": "Verification"}


def test_an_examination_without_an_answer_blocks_for_ten_minutes():
    verification = examining().verification("v1")
    assert verification.busy(later(600) - timedelta(microseconds=1))
    assert not verification.busy(later(600))
    assert not begun().verification("v1").busy(later(1))


def test_an_attempt_counts_until_its_last_moment():
    verification = begun().verification("v1")
    assert not verification.expired(later(180))
    assert verification.expired(later(180.001))
    assert (verification.reason_at(later(180)), verification.reason_at(later(181))) == (None, "expired")


def test_the_wait_for_the_next_attempt_is_rounded_up_to_a_second():
    profile = a_profile()
    for number in range(3):
        begun(profile, id=f"v{number}", now=later(number))
    with pytest.raises(TooManyAttempts) as refused:
        begun(profile, id="v3", now=later(10))
    assert refused.value.details == {"retry_after_s": 3_591}  # the first of three began 10 s ago
    begun(profile, id="v3", now=later(3_600))


def test_a_profile_remembers_twenty_verifications():
    profile = a_profile()
    for number in range(MAX_VERIFICATIONS + 1):
        begun(profile, id=f"v{number}", now=later(4_000 * number))
    assert MAX_VERIFICATIONS == 20
    assert [verification.id for verification in profile.verifications] == [
        f"v{number}" for number in range(1, 21)
    ]


def test_a_concluded_verification_keeps_its_verdict():
    profile = examining()
    profile.conclude(an_answer("person-1-v1", "match"))
    profile.verification("v1").end("replaced")
    verification = profile.verification("v1")
    assert (verification.state, verification.reason) == (VerificationState.VERIFIED, None)


# ---- face checks (R17, R18) ----


def a_check(state, **changes):
    return Check(id="c", moment=Moment.START, state=state, **changes)


def test_a_check_wakes_when_its_cool_down_or_its_deadline_ends():
    times = {"opens_at": later(1), "deadline": later(2)}
    wakes = {state: a_check(state, **times).wakes_at for state in CheckState}
    assert wakes == dict.fromkeys(CheckState) | {
        CheckState.COOLING: later(1),
        CheckState.REQUESTED: later(2),
    }


@pytest.mark.parametrize("state", [CheckState.PASSED, CheckState.FAILED, CheckState.CANCELLED])
def test_a_concluded_check_says_why_it_takes_no_answer(state):
    with pytest.raises(CheckClosed) as refused:
        a_check(state).check_open(NOW)
    assert refused.value.details == {"reason": state.value}


def test_a_missed_check_and_a_cooling_one_say_so():
    with pytest.raises(CheckClosed) as missed:
        a_check(CheckState.REQUESTED, deadline=NOW).check_open(later(0.001))
    assert missed.value.details == {"reason": "missed"}
    with pytest.raises(CheckNotOpen) as cooling:
        a_check(CheckState.COOLING, opens_at=later(600)).check_open(NOW)
    assert cooling.value.details == {"opens_at": later(600)}


def test_a_picture_may_be_taken_again_until_the_deadline_and_twice():
    check = a_check(CheckState.EXAMINING, deadline=later(60), frame_keys=["1", "2"])
    assert check.may_retake(later(60))
    assert not check.may_retake(later(60.001))
    check.frame_keys.append("3")
    assert not check.may_retake(later(1))


def test_a_check_without_a_deadline_is_neither_missed_nor_retaken():
    assert not a_check(CheckState.REQUESTED).missed(later(1_000))
    assert not a_check(CheckState.EXAMINING).may_retake(NOW)


def answer(session, check_id, outcome, now, number=1):
    session.answer(check_id, f"frame-{number}", "reference", now)
    session.conclude(an_answer(f"{check_id}-{number}", outcome), SEED, unsealed, now)


def test_a_session_says_all_of_its_checks_from_beginning_to_end():
    session = ProctoredSession.draw(published(an_entry("5e55"), time=NOW), seed=SEED, sealed_seed="sealed")
    session.mix(a_value("5e55"), SEED, NO_FAILURE, NOW)
    answer(session, START, "match", later(5))
    session.request_unforeseen(16_085, SEED, later(30))
    answer(session, UNFORESEEN, "mismatch", later(40))
    session.close(SEED, Ending.CHECK_FAILED, later(50))
    start, unforeseen = (
        {**CHECK, "check_id": START, "moment": Moment.START},
        {**CHECK, "check_id": UNFORESEEN, "moment": Moment.UNFORESEEN},
    )
    job = {
        "kind": JobKind.CHECK,
        "owner": "person-1",
        "frame_keys": ["frame-1"],
        "reference_key": "reference",
    }
    assert session.events == [
        ScheduleDrawn(
            session_id="5e55", enrollment_id="enrollment-1", lesson_id="lesson-1", seed_hash=SEED_HASH
        ),
        FaceCheckRequested(**start, deadline=later(60)),
        JobQueued(job_id="5e55-start-1", **job),
        FaceCheckPassed(
            **start,
            evidence=evidence_of(an_answer("j", "match"), ["frame-1"]),
            lease="5e55-start until 16085",
        ),
        FaceCheckRequested(**unforeseen, deadline=later(90)),
        JobQueued(job_id="5e55-unforeseen-1", **job),
        FaceCheckFailed(
            **unforeseen, reason="mismatch", evidence=evidence_of(an_answer("j", "mismatch"), ["frame-1"])
        ),
        ScheduleRevealed(
            session_id="5e55", enrollment_id="enrollment-1", seed=SEED.hex(), unforeseen_at_ms=16_085
        ),
    ]
    passed, failed = session.checks
    assert (passed.state, passed.reason, passed.concluded_at) == (CheckState.PASSED, None, later(5))
    assert (failed.state, failed.reason, failed.concluded_at) == (CheckState.FAILED, "mismatch", later(40))


def test_the_third_failure_in_a_row_asks_a_person_to_look():
    session = an_open_session(Streak(failures=2))
    answer(session, START, "mismatch", later(5))
    assert session.events[-1] == ReviewRequested(**CHECK, failures=3)
    assert session.streak == Streak(failures=3, cools_from=later(5))
    assert session.streak.cools_until(session.policy) == later(605)


def failed(at):
    return a_check(CheckState.FAILED, concluded_at=at)


def test_each_third_failure_in_a_row_is_one_too_many():
    policy, streak, exhausting = CheckPolicy(deadline_s=60, attempts=3, cooldown_s=600), Streak(), []
    for number in range(1, 8):
        streak = streak.after(failed(later(number)), policy)
        exhausting += [number] * streak.exhausts(policy)
    assert exhausting == [3, 6]
    assert streak == Streak(failures=7, cools_from=later(6))
    assert streak.cools_until(policy) == later(606)


def test_a_failure_after_the_one_too_many_does_not_make_the_cool_down_forgotten():
    policy = CheckPolicy(deadline_s=60, attempts=3, cooldown_s=600)
    streak = Streak(failures=3, cools_from=later(10)).after(failed(later(5)), policy)
    assert streak.cools_until(policy) == later(610)


def test_without_a_failure_there_is_no_cool_down():
    policy = CheckPolicy(deadline_s=60, attempts=3, cooldown_s=600)
    assert Streak().cools_until(policy) is None
    assert not Streak().exhausts(policy)


def test_a_check_that_is_not_concluded_changes_no_streak():
    streak, policy = Streak(failures=2), CheckPolicy(deadline_s=60, attempts=3, cooldown_s=600)
    assert streak.after(a_check(CheckState.CANCELLED), policy) == streak


@pytest.mark.parametrize(("opened_after_s", "state"), [(599.999, "cooling"), (600, "requested")])
def test_a_session_that_begins_in_the_cool_down_waits_for_its_end(opened_after_s, state):
    session = an_open_session(Streak(failures=3, cools_from=NOW), entered_at=later(opened_after_s))
    check = session.check(START)
    assert check.state == state
    assert check.opens_at == (later(600) if state == "cooling" else None)
    assert session.wake_at == (later(600) if state == "cooling" else later(660))


def test_a_cooling_check_is_asked_at_its_moment_and_not_before():
    session = an_open_session(Streak(failures=3, cools_from=NOW), entered_at=later(1))
    session.elapse(later(599.999))
    assert session.check(START).state is CheckState.COOLING
    session.elapse(later(600))
    assert (session.check(START).state, session.check(START).deadline) == (CheckState.REQUESTED, later(660))
    assert session.wake_at == later(660)


def test_an_answered_check_no_longer_wakes_the_session():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(1))
    assert session.wake_at is None
    session.conclude(an_answer("5e55-start-1", "no_face"), SEED, unsealed, later(2))
    assert session.wake_at == later(60)
    session.answer(START, "frame-2", "reference", later(3))
    assert (session.check(START).reason, session.check(START).frame_keys) == (None, ["frame-1", "frame-2"])
    session.conclude(an_answer("5e55-start-2", "match"), SEED, unsealed, later(4))
    assert session.wake_at is None


def test_a_missed_check_wakes_nothing_any_more_and_carries_no_evidence():
    session = an_open_session()
    session.elapse(later(61))
    assert session.events[-1] == FaceCheckFailed(
        **CHECK, check_id=START, moment=Moment.START, reason="missed", evidence=None
    )
    assert session.wake_at is None


def test_a_session_lacks_a_check_by_name():
    with pytest.raises(NotFound) as refused:
        an_open_session().check(UNFORESEEN)
    assert refused.value.details == {"what": "Check"}
