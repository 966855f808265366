"""Proctor over HTTP: every wrong input has its status and code, and changes nothing."""

import pytest

from services.proctor.domain import CheckState
from services.proctor.tests.builders import a_picture, an_answer, new_id, published
from services.proctor.tests.world import recorded, types
from shared.events.proctor import ConsentGiven, FaceCheckRequested, JobQueued, ScheduleDrawn
from shared.events.terms import Role

START = "{}-start"


def code_of(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def upload(world, content, category="level_two"):
    files = {"photo": ("one-inch.jpg", content, "image/jpeg")}
    return world.http.post("/api/proctor/photos", files=files, data={"category": category})


def noisy(size):
    """A JPEG of about this many bytes: what follows its end is no part of the picture."""
    picture = a_picture()
    return picture + bytes(size - len(picture))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (noisy(51_201), "photo.too_large"),
        (a_picture("PNG"), "photo.wrong_format"),
        (a_picture(size=(295, 413)), "photo.wrong_size"),
        (b"not a picture", "photo.unreadable"),
        (a_picture()[:300], "photo.unreadable"),
        (b"", "photo.unreadable"),
    ],
)
def test_a_wrong_photo_is_refused_by_its_bytes_and_nothing_is_stored(world, content, code):
    before = world.photos.rows.count_documents({})
    assert code_of(upload(world, content)) == (422, code)
    assert world.photos.rows.count_documents({}) == before


def test_a_refusal_says_by_how_much(world):
    assert upload(world, noisy(51_201)).json()["facts"] == {"measured": 51_201, "limit": 51_200}


@pytest.mark.parametrize(
    ("category", "code"), [("level_one", "photo.category_not_open"), ("level_9", "request.invalid")]
)
def test_other_categories_are_refused(world, category, code):
    assert code_of(upload(world, a_picture(), category)) == (422, code)


def test_an_oversize_body_is_refused(world):
    assert code_of(upload(world, bytes(9 * 1024 * 1024))) == (413, "body.too_large")


def test_without_a_worker_the_client_is_told_when_to_come_back(world):
    answer = upload(world, noisy(51_200))
    assert code_of(answer) == (503, "photo.examination_unavailable")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "consent"),
        ("DELETE", "consent"),
        ("POST", "verifications"),
        ("GET", "verifications/v1"),
        ("POST", "verifications/v1/frames"),
        ("GET", "checks?session_id=s"),
        ("GET", "checks/c-start"),
        ("POST", "checks/c-start/answer"),
    ],
)
def test_only_learners_with_a_valid_token_come_in(world, method, path):
    answers = {
        "none": world.http.request(method, f"/api/proctor/{path}"),
        "staff": as_staff(world, method, path),
    }
    assert code_of(answers["none"]) == (401, "token.invalid")
    assert code_of(answers["staff"]) == (403, "role.forbidden")


def as_staff(world, method, path):
    headers = world.headers(Role.ORGANISATION, org="Association")
    return world.http.request(method, f"/api/proctor/{path}", headers=headers)


def test_consent_is_given_once_and_can_be_read(world):
    learner = world.learner()
    assert learner.get("consent").json() == {"text_version": None, "given_at": None}
    assert learner.consent().json() == learner.consent().json()
    assert learner.get("consent").json()["text_version"] == "2026-01"
    assert recorded(world.profiles, learner.person_id) == types(ConsentGiven)


@pytest.mark.parametrize("body", [{"accepted": False, "text_version": "1"}, {"text_version": "1"}, {}])
def test_consent_must_be_explicit(world, body):
    assert code_of(world.learner().post("consent", json=body)) == (422, "request.invalid")


def test_malformed_json_is_refused(world):
    learner = world.learner()
    headers = {**learner.headers, "Content-Type": "application/json"}
    answer = world.http.post("/api/proctor/consent", content=b"{", headers=headers)
    assert code_of(answer) == (400, "json.malformed")
    assert learner.get("consent").json()["text_version"] is None


def test_verification_needs_consent_and_a_declaration(world):
    undeclared, silent = world.learner(), world.declared()
    undeclared.consent()
    assert code_of(undeclared.begin(a_picture())) == (409, "photo.not_declared")
    assert code_of(silent.begin(a_picture())) == (409, "consent.missing")


def test_a_verification_goes_from_prompts_to_a_job(world):
    learner = world.declared()
    learner.consent()
    begun = learner.begin(a_picture())
    assert begun.status_code == 201
    assert len(set(begun.json()["prompts"])) == 3
    path = f"verifications/{begun.json()['verification_id']}"
    assert learner.get(path).json()["state"] == "waiting_frames"
    assert learner.film(begun.json()["verification_id"], [a_picture()] * 20).status_code == 202
    assert learner.get(path).json()["state"] == "examining"
    assert recorded(world.profiles, learner.person_id) == types(ConsentGiven, JobQueued)


def test_frames_lie_sealed(world):
    learner = world.verified()
    [verification] = world.profiles.get(learner.person_id).verifications
    for key in verification.object_keys:
        assert a_picture()[:20] not in world.evidence_bucket.get(key)
        assert world.evidence_bucket.get_sealed(learner.person_id, key) == a_picture()


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([a_picture()] * 3, "frames.wrong_count"),
        ([a_picture()] * 49, "frames.wrong_count"),
        ([a_picture()] * 19 + [b"no picture"], "frame.unreadable"),
        ([a_picture()] * 19 + [a_picture("GIF")], "frame.unreadable"),
        ([a_picture()] * 19 + [bytes(400_001)], "frame.too_large"),
    ],
)
def test_wrong_frames_leave_the_verification_open(world, frames, code):
    learner = world.declared()
    learner.consent()
    id = learner.begin(a_picture()).json()["verification_id"]
    assert code_of(learner.film(id, frames)) == (422, code)
    assert learner.get(f"verifications/{id}").json()["state"] == "waiting_frames"


def test_attempts_are_limited(world):
    learner = world.declared()
    learner.consent()
    assert [learner.begin(a_picture()).status_code for _ in range(5)] == [201] * 5
    refused = learner.begin(a_picture())
    assert code_of(refused) == (429, "verification.too_many")
    assert 3_500 < int(refused.headers["retry-after"]) <= 3_601


def test_a_foreign_verification_does_not_exist(world):
    learner, stranger = world.declared(), world.declared()
    learner.consent()
    stranger.consent()
    id = learner.begin(a_picture()).json()["verification_id"]
    assert code_of(stranger.get(f"verifications/{id}")) == (404, "not_found")
    assert code_of(stranger.film(id, [a_picture()] * 20)) == (404, "not_found")


def test_a_check_is_listed_answered_and_judged_without_a_score(world):
    learner = world.verified()
    session_id = world.entered(learner)
    [check] = learner.get("checks", session_id=session_id).json()
    assert (check["moment"], check["state"]) == ("start", "requested")
    assert learner.answer(check["check_id"], a_picture()).json()["state"] == "examining"
    done = an_answer(f"{check['check_id']}-1", "mismatch", figures={"distance": 0.87654, "threshold": 0.6})
    world.service.conclude(published(done))
    answer = learner.get(f"checks/{check['check_id']}")
    assert (answer.json()["state"], answer.json()["reason"]) == ("failed", "mismatch")
    assert "0.8" not in answer.text
    assert answer.json().keys() == {"check_id", "moment", "state", "reason", "deadline", "opens_at"}


def test_an_answer_becomes_a_job_with_a_sealed_frame(world):
    learner = world.verified()
    session_id = world.entered(learner)
    learner.answer(START.format(session_id), a_picture())
    assert recorded(world.sessions, session_id) == types(ScheduleDrawn, FaceCheckRequested, JobQueued)
    [key] = world.sessions.get(session_id).checks[0].frame_keys
    assert world.evidence_bucket.get_sealed(learner.person_id, key) == a_picture()


def test_a_late_answer_is_refused(world):
    learner = world.verified()
    session_id = world.entered(learner, check_deadline_s=-1)
    assert code_of(learner.answer(START.format(session_id), a_picture())) == (409, "check.closed")
    assert world.sessions.get(session_id).checks[0].state is CheckState.REQUESTED


def test_a_second_answer_at_once_is_refused(world):
    learner = world.verified()
    session_id = world.entered(learner)
    assert learner.answer(START.format(session_id), a_picture()).status_code == 202
    assert code_of(learner.answer(START.format(session_id), a_picture())) == (409, "check.examining")


def test_a_wrong_frame_leaves_the_check_open(world):
    learner = world.verified()
    session_id = world.entered(learner)
    assert code_of(learner.answer(START.format(session_id), b"text")) == (422, "frame.unreadable")
    assert code_of(learner.answer(START.format(session_id), bytes(1_000_001))) == (422, "frame.too_large")
    assert world.sessions.get(session_id).checks[0].state is CheckState.REQUESTED


def test_a_check_needs_a_verified_face(world):
    learner = world.declared()
    session_id = world.entered(learner)
    assert code_of(learner.answer(START.format(session_id), a_picture())) == (409, "consent.missing")
    learner.consent()
    assert code_of(learner.answer(START.format(session_id), a_picture())) == (409, "verification.missing")


def test_a_foreign_check_does_not_exist(world):
    learner, stranger = world.verified(), world.verified()
    session_id = world.entered(learner)
    check_id = START.format(session_id)
    assert stranger.get("checks", session_id=session_id).json() == []
    assert code_of(stranger.get(f"checks/{check_id}")) == (404, "not_found")
    assert code_of(stranger.answer(check_id, a_picture())) == (404, "not_found")
    assert code_of(stranger.get(f"checks/{new_id()}-start")) == (404, "not_found")
    assert code_of(learner.get(f"checks/{session_id}-unforeseen")) == (404, "not_found")


def test_after_the_withdrawal_nothing_is_compared(world):
    learner = world.verified()
    session_id = world.entered(learner)
    learner.delete("consent")
    assert code_of(learner.answer(START.format(session_id), a_picture())) == (409, "consent.missing")
    assert recorded(world.sessions, session_id) == types(ScheduleDrawn, FaceCheckRequested)


def test_the_documentation_lists_every_endpoint(world):
    paths = world.http.get("/api/proctor/openapi.json").json()["paths"]
    assert {path.removeprefix("/api/proctor/") for path in paths} == {
        "photos",
        "consent",
        "verifications",
        "verifications/{verification_id}",
        "verifications/{verification_id}/frames",
        "checks",
        "checks/{check_id}",
        "checks/{check_id}/answer",
    }
