"""Staff draft, fill and publish courses; videos are judged by their bytes."""

import hashlib
import json
import secrets
from dataclasses import replace

import pytest

from services.learning.adapters.videos import Videos
from services.learning.runtime import LearningRuntime
from services.learning.tests.conftest import problem_of
from services.learning.tests.media import a_film
from shared.domain.errors import NotFound

LESSON = {
    "title": "计价",
    "chapter": "第一章",
    "kind": "compulsory",
    "quiz": [{"prompt": "1 + 1 = ?", "options": ["1", "2"], "answer": 1}],
}
VIDEO = a_film(2, faststart=True)


class Staff:
    """Organisation staff at the api."""

    def __init__(self, client, runtime: LearningRuntime, header) -> None:
        self.client, self.runtime, self.header = client, runtime, header
        self.id = self.draft().json()["course_id"]

    def draft(self, **changes):
        body = {"title": "继续教育", "specialty": "土木建筑"} | changes
        return self.client.post("/api/learning/courses", json=body, headers=self.header)

    def upload(self, video: bytes = VIDEO, lesson: object = LESSON, header=None):
        text = lesson if isinstance(lesson, str) else json.dumps(lesson)
        files = {"video": ("anything.txt", video, "text/plain")}
        return self.client.post(
            f"/api/learning/courses/{self.id}/lessons",
            files=files, data={"lesson": text}, headers=header or self.header,
        )  # fmt: skip

    def publish(self, header=None):
        return self.client.post(f"/api/learning/courses/{self.id}/publication", headers=header or self.header)

    def stored(self):
        return self.runtime.courses.rows.find_one({"_id": self.id})


@pytest.fixture
def staff(client, runtime, sign) -> Staff:
    return Staff(client, runtime, sign("organisation", org=f"武汉培训 {secrets.token_hex(4)}"))


def test_a_lesson_takes_its_duration_from_the_video(staff: Staff):
    answer = staff.upload()
    assert answer.status_code == 201
    assert answer.json()["duration_ms"] == 2000
    (lesson,) = staff.runtime.courses.get(staff.id).lessons
    assert (lesson.id, lesson.specialty) == (answer.json()["lesson_id"], "土木建筑")
    assert (lesson.video.size, lesson.video.content_type) == (len(VIDEO), "video/mp4")
    assert lesson.video.sha256 == hashlib.sha256(VIDEO).hexdigest()


def test_the_video_is_in_the_bucket_byte_for_byte(staff: Staff):
    staff.upload()
    (lesson,) = staff.runtime.courses.get(staff.id).lessons
    assert staff.runtime.videos.get(lesson.video.key) == VIDEO


def test_publishing_tells_the_lessons_once(staff: Staff):
    lesson_id = staff.upload().json()["lesson_id"]
    assert [staff.publish().status_code, staff.publish().status_code] == [204, 204]
    (entry,) = staff.stored()["outbox"]
    course = json.loads(entry["body"])["data"]
    assert entry["type"] == "learning.course.published.v1"
    assert [(lesson["lesson_id"], lesson["duration_ms"]) for lesson in course["lessons"]] == [
        (lesson_id, 2000)
    ]


@pytest.mark.parametrize("video", [
    b"", b"not a video at all", b"#EXTM3U\n#EXT-X-VERSION:3\n/etc/passwd\n", VIDEO[:100],
    b"\0\0\0\x18ftypisom" + bytes(200), b"\x1a\x45\xdf\xa3" + bytes(200),
])  # fmt: skip
def test_what_cannot_be_played_is_refused(staff: Staff, video: bytes):
    before = staff.stored()
    problem_of(staff.upload(video), 422, "video.unreadable")
    assert staff.stored() == before


def test_an_upload_over_the_limit_is_refused(staff: Staff, monkeypatch):
    before, small = staff.stored(), replace(staff.runtime.authoring, max_video_bytes=len(VIDEO) - 1)
    monkeypatch.setattr(staff.runtime, "authoring", small)
    body = problem_of(staff.upload(), 422, "video.too_large")
    assert body["facts"] == {"size": len(VIDEO), "most": len(VIDEO) - 1}
    assert staff.stored() == before


def test_a_quiz_whose_answer_is_no_option_is_refused(staff: Staff):
    before = staff.stored()
    wrong = {"prompt": "1 + 1 = ?", "options": ["1", "2"], "answer": 2}
    problem_of(staff.upload(lesson=LESSON | {"quiz": [wrong]}), 422, "quiz.question_invalid")
    assert staff.stored() == before


@pytest.mark.parametrize("lesson", [{}, LESSON | {"kind": "other"}, LESSON | {"quiz": "none"}])
def test_a_lesson_of_a_wrong_shape_is_refused(staff: Staff, lesson: dict):
    before = staff.stored()
    problem_of(staff.upload(lesson=lesson), 422, "request.invalid")
    assert staff.stored() == before


def test_malformed_lesson_json_is_refused(staff: Staff):
    before = staff.stored()
    problem_of(staff.upload(lesson='{"title": '), 400, "json.malformed")
    assert staff.stored() == before


def test_a_published_course_takes_no_lesson_and_keeps_no_video(staff: Staff):
    staff.upload()
    staff.publish()
    before = staff.stored()
    problem_of(staff.upload(), 409, "course.published")
    assert staff.stored() == before


def test_a_course_published_while_its_video_arrives_keeps_no_video(staff: Staff, monkeypatch):
    staff.upload()
    stored: list[str] = []
    store = Videos.store

    def publish_meanwhile(self, key, *arguments):
        store(self, key, *arguments)
        stored.append(key)
        staff.publish()

    monkeypatch.setattr(Videos, "store", publish_meanwhile)
    problem_of(staff.upload(), 409, "course.published")
    with pytest.raises(NotFound):
        staff.runtime.videos.get(stored[0])


def test_a_small_video_goes_with_its_lesson(staff: Staff):
    lesson_id = staff.upload().json()["lesson_id"]
    (lesson,) = staff.runtime.courses.get(staff.id).lessons
    path = f"/api/learning/courses/{staff.id}/lessons/{lesson_id}"
    assert staff.client.delete(path, headers=staff.header).status_code == 204
    assert staff.runtime.courses.get(staff.id).lessons == []
    with pytest.raises(NotFound):
        staff.runtime.videos.get(lesson.video.key)


def test_an_empty_course_is_not_published(staff: Staff):
    before = staff.stored()
    problem_of(staff.publish(), 409, "course.empty")
    assert staff.stored() == before


@pytest.mark.parametrize("act", ["upload", "publish"])
def test_a_course_of_another_organisation_is_not_found(staff: Staff, sign, act: str):
    staff.upload()
    before = staff.stored()
    problem_of(getattr(staff, act)(header=sign("organisation", org="other")), 404, "not_found")
    problem_of(getattr(staff, act)(header=sign("learner", person="p")), 403, "role.forbidden")
    assert staff.stored() == before


def test_a_course_without_title_is_refused(staff: Staff):
    problem_of(staff.draft(title=" "), 422, "request.invalid")
