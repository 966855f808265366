"""Links by which a `<video>` element plays: short-lived, for one video, and for nothing else."""

import base64
import json
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from services.learning.adapters.link_signatures import LinkSigner
from services.learning.domain.job import Job
from services.learning.domain.media_errors import LinkExpired, LinkInvalid
from services.learning.domain.rendition import Quality, Rendition, RenditionState
from services.learning.domain.video_link import VideoLink
from services.learning.tests.builders import NOON, a_lesson
from services.learning.tests.conftest import Desk, problem_of
from shared.settings import SettingsError

CONTENT, SMALL = bytes(range(250)) * 4, bytes(500)
LINK = VideoLink(
    person_id="p", enrollment_id="e", course_id="c", lesson_id="l", quality=Quality.ORIGINAL, expires_at=NOON
)
KEY = base64.b64encode(bytes(32)).decode()


@pytest.fixture
def viewer(verified: Desk) -> Desk:
    """A learner whose lesson has its 1000 bytes in the bucket."""
    verified.runtime.videos.put("course/common", CONTENT)
    return verified


def link_of(viewer: Desk, **query: Any) -> Any:
    return viewer.get("/lessons/common/video-link", params=query).json()


def play(viewer: Desk, url: str, **headers: str) -> Any:
    return viewer.client.get(url, headers=headers)


def test_a_link_plays_without_a_token(viewer: Desk):
    link = link_of(viewer)
    answer = play(viewer, link["url"])
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert link["expires_at"] == (viewer.now + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    assert link["qualities"] == ["original"]


@pytest.mark.parametrize(("range_", "first", "last"), [
    ("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=990-", 990, 999), ("bytes=-5", 995, 999),
    ("bytes=500-5000", 500, 999),
])  # fmt: skip
def test_ranges_are_sent(viewer: Desk, range_: str, first: int, last: int):
    answer = play(viewer, link_of(viewer)["url"], Range=range_)
    assert (answer.status_code, answer.content) == (206, CONTENT[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/1000"
    assert answer.headers["accept-ranges"] == "bytes"


def test_a_range_beyond_the_end_is_refused(viewer: Desk):
    answer = play(viewer, link_of(viewer)["url"], Range="bytes=1000-")
    problem_of(answer, 416, "range.unsatisfiable")
    assert answer.headers["content-range"] == "bytes */1000"


def test_another_link_goes_on_with_the_same_bytes(viewer: Desk):
    first = link_of(viewer)["url"]
    etag = play(viewer, first, Range="bytes=0-9").headers["etag"]
    viewer.wait(599)
    second = link_of(viewer)["url"]
    viewer.wait(2)
    problem_of(play(viewer, first, Range="bytes=10-19"), 403, "video.link_expired")
    answer = play(viewer, second, **{"Range": "bytes=10-19", "If-Range": etag})
    assert (answer.status_code, answer.content) == (206, CONTENT[10:20])
    assert play(viewer, second, **{"Range": "bytes=10-19", "If-Range": '"other"'}).status_code == 200


def test_a_link_opens_nothing_else(viewer: Desk):
    url = link_of(viewer)["url"]
    problem_of(play(viewer, url.replace("/common/", "/special/")), 403, "video.link_invalid")
    problem_of(play(viewer, url.replace("/original", "/360p")), 403, "video.link_invalid")
    text = url.partition("link=")[2]
    answer = viewer.client.get("/api/learning/enrollments", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("link", ["", "x", "a.b.c", "x" * 3_000])
def test_what_is_no_link_is_refused(viewer: Desk, link: str):
    problem_of(
        play(viewer, f"/api/learning/lessons/common/videos/original?link={link}"), 403, "video.link_invalid"
    )


def test_an_access_token_is_no_link(viewer: Desk):
    token = viewer.header["Authorization"].removeprefix("Bearer ")
    problem_of(
        play(viewer, f"/api/learning/lessons/common/videos/original?link={token}"), 403, "video.link_invalid"
    )


def test_a_link_is_for_verified_learners_of_the_lesson(desk: Desk, sign: Any):
    problem_of(desk.get("/lessons/common/video-link"), 403, "identity.unverified")
    desk.verify()
    problem_of(desk.get("/lessons/other/video-link"), 404, "not_found")
    desk.header = sign("learner", person="another")
    problem_of(desk.get("/lessons/common/video-link"), 404, "not_found")
    desk.learners.upsert(desk.learners.of(desk.person), lambda learner: learner.withdraw(desk.study.id))
    desk.header = sign("learner", person=desk.person)
    problem_of(desk.get("/lessons/common/video-link"), 409, "study.closed")


def test_the_small_copy_is_played_once_it_is_ready(viewer: Desk):
    lesson = secrets.token_hex(8)
    course = viewer.course
    viewer.courses.update(course.id, lambda course: course.lessons.append(a_lesson(lesson)))
    study = viewer.open_study()
    viewer.studies.update(
        study.id, lambda study: study.lessons.append(replace(study.lessons[0], lesson_id=lesson))
    )
    viewer.url = f"/api/learning/enrollments/{study.id}"
    path = f"/lessons/{lesson}/video-link"
    problem_of(viewer.get(path, params={"quality": "360p"}), 404, "video.rendition_missing")
    _make_small(viewer, lesson)
    link = viewer.get(path, params={"quality": "360p"}).json()
    assert (link["quality"], link["qualities"]) == ("360p", ["original", "360p"])
    assert play(viewer, link["url"]).content == SMALL


def _make_small(viewer: Desk, lesson: str) -> None:
    source = a_lesson(lesson).video
    small = replace(source, key=f"renditions/{lesson}/360p-1", size=len(SMALL))
    viewer.runtime.videos.put(small.key, SMALL)
    rendition = Rendition.of(viewer.course.id, lesson, source, viewer.now)
    viewer.runtime.renditions.add(
        replace(rendition, state=RenditionState.READY, video=small, job=Job(due_at=viewer.now))
    )


def test_a_signed_link_is_read_back():
    assert LinkSigner(KEY).read(LinkSigner(KEY).sign(LINK)) == LINK


@pytest.mark.parametrize("forge", [
    lambda text: text[:-2] + ("AA" if not text.endswith("AA") else "BB"),
    lambda text: LinkSigner(base64.b64encode(bytes(31) + b"\1").decode()).sign(LINK),
    lambda text: _unsigned(text), lambda text: _of_another_type(),
    lambda text: text.replace(text.split(".")[1], _claims({**_read(text), "lesson": "other"})),
    lambda text: text.replace(text.split(".")[1], _claims({**_read(text), "exp": 1 << 40})),
])  # fmt: skip
def test_a_forged_link_is_refused(forge: Any):
    with pytest.raises(LinkInvalid):
        LinkSigner(KEY).read(forge(LinkSigner(KEY).sign(LINK)))


@pytest.mark.parametrize("key", ["", "short", "!" * 44, base64.b64encode(bytes(16)).decode()])
def test_a_weak_key_ends_the_start(viewer: Desk, key: str):
    with pytest.raises(SettingsError, match="XUESHI_VIDEO_LINK_KEY"):
        replace(viewer.runtime.settings, video_link_key=key)


def test_a_link_holds_until_its_very_second():
    LINK.check("l", Quality.ORIGINAL, NOON - timedelta(microseconds=1))
    with pytest.raises(LinkExpired):
        LINK.check("l", Quality.ORIGINAL, NOON)


def _claims(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _read(text: str) -> dict[str, Any]:
    payload = text.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _unsigned(text: str) -> str:
    return f"{_claims({'alg': 'none', 'typ': 'xueshi-video+jws'})}.{text.split('.')[1]}."


def _of_another_type() -> str:
    key = OctKey.import_key(bytes(32))
    claims = _read(LinkSigner(KEY).sign(LINK))
    return jws.serialize_compact({"alg": "HS256", "typ": "JWT"}, json.dumps(claims), key, ["HS256"])
