"""Large videos come in parts, are examined in the background, and become lessons (R22)."""

import hashlib
import io
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.learning.adapters.probe import probe
from services.learning.domain.job import LEASE, MAX_ATTEMPTS, PAUSE
from services.learning.domain.rendition import RenditionState
from services.learning.domain.upload import FORGOTTEN_AFTER, GRACE, PART_BYTES, UNUSED_AFTER, UploadState
from services.learning.runtime import LearningApiRuntime
from services.learning.tests.conftest import problem_of
from services.learning.tests.media import a_film
from shared.domain.clock import utc_now

LESSON = {"title": "计价", "chapter": "第一章", "kind": "compulsory"}


class Author:
    """Organisation staff who upload; and the worker, which works when it is asked to."""

    def __init__(self, client: Any, runtime: LearningApiRuntime, sign: Any) -> None:
        self.client, self.runtime = client, runtime
        self.organisation = f"武汉培训 {secrets.token_hex(4)}"
        self.header = sign("organisation", org=self.organisation)
        self.other = sign("organisation", org="another")
        body = {"title": "继续教育", "specialty": "土木建筑"}
        self.course = self.send("POST", "/courses", json=body).json()["course_id"]

    def send(self, method: str, path: str, header: Any = None, **more: Any) -> Any:
        return self.client.request(method, f"/api/learning{path}", headers=header or self.header, **more)

    def start(self, file: bytes, **changes: Any) -> Any:
        body = {"name": "a.mp4", "size": len(file), "sha256": hashlib.sha256(file).hexdigest()} | changes
        return self.send("POST", f"/courses/{self.course}/uploads", json=body)

    def put(self, upload: str, number: int, content: bytes, header: Any = None) -> Any:
        return self.send("PUT", f"/uploads/{upload}/parts/{number}", header, content=content)

    def upload(self, file: bytes) -> str:
        id = str(self.start(file).json()["upload_id"])
        for number in range(1, -(-len(file) // PART_BYTES) + 1):
            answer = self.put(id, number, file[(number - 1) * PART_BYTES : number * PART_BYTES])
            assert answer.status_code == 200, answer.text
        assert self.send("POST", f"/uploads/{id}/completion").status_code == 202
        return id

    def examined(self, file: bytes) -> str:
        id = self.upload(file)
        self.work("examine_next", lambda: self.stored(id).state is not UploadState.QUEUED)
        return id

    def work(self, what: str, until: Any, **changes: Any) -> None:
        media = replace(self.runtime.media, **changes)
        while not until():
            assert getattr(media, what)()

    def stored(self, id: str) -> Any:
        return self.runtime.uploads.get(id)

    def add(self, upload: str, header: Any = None, **changes: Any) -> Any:
        path = f"/courses/{self.course}/uploads/{upload}/lesson"
        return self.send("POST", path, header, json=LESSON | changes)

    def keys(self, upload: str) -> list[str]:
        videos = self.runtime.videos
        return videos.keys(f"uploads/{upload}/") + videos.keys(f"{self.course}/{upload}")


@pytest.fixture
def author(client: Any, runtime: LearningApiRuntime, sign: Any) -> Author:
    return Author(client, runtime, sign)


@pytest.fixture(scope="session")
def large() -> bytes:
    """More than one part."""
    film = a_film(2, width=1280, height=720, noise=True)
    assert len(film) > PART_BYTES
    return film


def test_a_large_video_becomes_a_lesson_with_a_small_copy(author: Author, large: bytes):
    id = author.examined(large)
    shown = author.send("GET", f"/uploads/{id}").json()
    assert (shown["state"], shown["duration_ms"], shown["missing"]) == ("ready", 2_000, [])
    answer = author.add(id)
    assert (answer.status_code, answer.json()) == (201, {"lesson_id": id, "duration_ms": 2_000})
    (lesson,) = author.runtime.courses.get(author.course).lessons
    assert (lesson.video.width, lesson.video.height, lesson.video.video_codec) == (1280, 720, "h264")
    author.work("render_next", lambda: _rendition(author, id).state is not RenditionState.WAITING)
    small = _rendition(author, id).video
    found = probe(io.BytesIO(author.runtime.videos.get(small.key)))
    assert (found.height, found.video_codec, found.audio_codec, found.faststart) == (360, "h264", "aac", True)
    assert abs(found.duration_ms - 2_000) <= 100
    assert small.size < len(large)


def test_a_video_without_faststart_is_remuxed_not_refused(author: Author):
    film = a_film()
    assert not probe(io.BytesIO(film)).faststart
    id = author.examined(film)
    video = author.stored(id).video
    stored = author.runtime.videos.get(video.key)
    assert probe(io.BytesIO(stored)).faststart
    assert (video.sha256, video.origin) == (
        hashlib.sha256(stored).hexdigest(), hashlib.sha256(film).hexdigest()
    )  # fmt: skip


def test_a_small_video_sent_at_once_is_remuxed_too(author: Author):
    import json

    files = {"video": ("a.mp4", a_film(), "video/mp4")}
    path = f"/courses/{author.course}/lessons"
    answer = author.send("POST", path, files=files, data={"lesson": json.dumps(LESSON)})
    assert answer.status_code == 201, answer.text
    (lesson,) = author.runtime.courses.get(author.course).lessons
    assert probe(io.BytesIO(author.runtime.videos.get(lesson.video.key))).faststart
    assert _rendition(author, lesson.id).state is RenditionState.WAITING


def test_a_video_with_faststart_stays_byte_for_byte(author: Author):
    film = a_film(faststart=True)
    video = author.stored(author.examined(film)).video
    assert author.runtime.videos.get(video.key) == film


@pytest.mark.parametrize("film", [
    a_film(pixels="yuv422p"), a_film(codec="mpeg4"), a_film(sound="flac"),
    a_film(codec="libx264", container="matroska"),
])  # fmt: skip
def test_what_browsers_do_not_play_is_refused_with_what_to_do(author: Author, film: bytes):
    id = author.examined(film)
    shown = author.send("GET", f"/uploads/{id}").json()
    assert (shown["state"], shown["refusal"]["code"]) == ("refused", "video.codec_unplayable")
    assert "H.264" in shown["refusal"]["detail"]
    problem_of(author.add(id), 409, "upload.unready")


def test_an_upload_goes_on_where_it_stopped(author: Author, large: bytes):
    id = author.start(large).json()["upload_id"]
    author.put(id, 1, large[:PART_BYTES])
    again = author.start(large).json()
    assert (again["upload_id"], [part["number"] for part in again["parts"]]) == (id, [1])
    assert again["parts"][0]["sha256"] == hashlib.sha256(large[:PART_BYTES]).hexdigest()
    assert again["missing"][0] == 2
    body = problem_of(author.send("POST", f"/uploads/{id}/completion"), 409, "upload.parts_missing")
    assert body["facts"]["first"] == 2


def test_a_part_can_be_sent_again(author: Author):
    film = a_film()
    id = author.start(film).json()["upload_id"]
    assert author.put(id, 1, bytes(len(film))).status_code == 200
    assert author.put(id, 1, film).status_code == 200
    author.send("POST", f"/uploads/{id}/completion")
    author.work("examine_next", lambda: author.stored(id).state is UploadState.READY)


def test_bytes_other_than_promised_are_refused(author: Author):
    film = a_film()
    id = author.start(film).json()["upload_id"]
    author.put(id, 1, film[:-1] + b"\0")
    author.send("POST", f"/uploads/{id}/completion")
    author.work("examine_next", lambda: author.stored(id).state is not UploadState.QUEUED)
    assert author.stored(id).refusal.code == "upload.corrupt"


@pytest.mark.parametrize(("number", "size"), [(1, 5), (2, 5), (9, 5)])
def test_a_wrong_part_is_refused_and_not_kept(author: Author, number: int, size: int):
    id = author.start(a_film()).json()["upload_id"]
    problem_of(author.put(id, number, bytes(size)), 422, "upload.part_invalid")
    assert author.keys(id) == []


def test_a_part_over_the_limit_of_a_request_is_refused(author: Author):
    id = author.start(a_film()).json()["upload_id"]
    problem_of(author.put(id, 1, bytes(PART_BYTES + 1)), 413, "body.too_large")


def test_a_file_over_the_limit_is_refused(author: Author):
    body = problem_of(author.start(b"x", size=(4 << 30) + 1), 422, "upload.size_invalid")
    assert body["facts"]["most"] == 4 << 30


def test_an_organisation_has_so_many_uploads_under_way(author: Author):
    most = author.runtime.settings.uploads_under_way
    ids = [author.start(bytes([n])).json()["upload_id"] for n in range(most)]
    problem_of(author.start(b"one too many"), 409, "upload.limit")
    author.send("DELETE", f"/uploads/{ids[0]}")
    assert author.start(b"one too many").status_code == 201


def test_a_cancelled_upload_leaves_nothing(author: Author):
    id = author.examined(a_film())
    assert author.keys(id)
    assert author.send("DELETE", f"/uploads/{id}").json()["state"] == "cancelled"
    replace(author.runtime.media, clock=lambda: utc_now() + GRACE).clean()
    assert author.keys(id) == []
    problem_of(author.put(id, 1, a_film()), 409, "upload.closed")


def test_a_forgotten_upload_leaves_nothing(author: Author):
    film = a_film()
    id = author.start(film).json()["upload_id"]
    author.put(id, 1, film)
    replace(author.runtime.media, clock=lambda: utc_now() + FORGOTTEN_AFTER).clean()
    assert author.stored(id).state is UploadState.FORGOTTEN
    replace(author.runtime.media, clock=lambda: utc_now() + FORGOTTEN_AFTER + GRACE).clean()
    assert author.keys(id) == []


def test_the_parts_of_a_lesson_are_deleted_and_its_video_is_kept(author: Author):
    id = author.examined(a_film())
    author.add(id)
    replace(author.runtime.media, clock=lambda: utc_now() + GRACE).clean()
    assert author.keys(id) == [f"{author.course}/{id}"]


def test_an_upload_whose_lesson_was_never_added_can_be_taken_again(author: Author):
    id = author.examined(a_film())
    author.runtime.uploads.update(id, lambda upload: upload.use(utc_now()))  # and the process died
    replace(author.runtime.media, clock=lambda: utc_now() + GRACE).clean()
    assert author.stored(id).state is UploadState.READY
    assert author.add(id).status_code == 201


def test_the_video_of_a_lesson_is_never_deleted(author: Author):
    id = author.examined(a_film())
    author.add(id)
    author.runtime.uploads.update(id, lambda upload: upload.give_back(utc_now()))  # as if it had been slow
    for later in (UNUSED_AFTER, UNUSED_AFTER + GRACE):
        replace(author.runtime.media, clock=partial(_later, later)).clean()
    assert author.stored(id).state is UploadState.FORGOTTEN
    assert author.keys(id) == [f"{author.course}/{id}"]


def test_a_course_is_published_before_the_small_copy_is_there(author: Author):
    id = author.examined(a_film())
    author.add(id)
    assert _rendition(author, id).state is RenditionState.WAITING
    assert author.send("POST", f"/courses/{author.course}/publication").status_code == 204
    author.work("render_next", lambda: _rendition(author, id).state is RenditionState.READY)


def test_a_worker_that_is_told_to_end_gives_up_at_once(author: Author):
    id = author.examined(a_film())
    author.add(id)
    replace(author.runtime.media, stopping=lambda: True).render_next()
    waiting = _rendition(author, id)
    assert (waiting.state, waiting.job.attempts) == (RenditionState.WAITING, 0)
    assert waiting.job.due_at <= utc_now()
    author.work("render_next", lambda: _rendition(author, id).state is RenditionState.READY)


def test_a_lesson_is_taken_out_of_a_draft(author: Author):
    id = author.examined(a_film())
    author.add(id)
    path = f"/courses/{author.course}/lessons/{id}"
    problem_of(author.send("DELETE", path, author.other), 404, "not_found")
    assert [author.send("DELETE", path).status_code for _ in range(2)] == [204, 204]
    assert author.stored(id).state is UploadState.READY
    author.add(id)
    author.send("POST", f"/courses/{author.course}/publication")
    problem_of(author.send("DELETE", path), 409, "course.published")
    assert len(author.runtime.courses.get(author.course).lessons) == 1


def test_parts_are_taken_from_staff_alone(author: Author, sign: Any):
    id = author.start(a_film()).json()["upload_id"]
    problem_of(author.put(id, 1, a_film(), {"Authorization": "Bearer x"}), 401, "token.invalid")
    problem_of(author.put(id, 1, a_film(), sign("learner", person="p")), 403, "role.forbidden")
    assert author.keys(id) == []


def test_adding_the_lesson_again_answers_the_same(author: Author):
    id = author.examined(a_film())
    assert author.add(id).json() == author.add(id).json()
    assert len(author.runtime.courses.get(author.course).lessons) == 1


def test_a_refused_lesson_leaves_the_upload_ready(author: Author):
    id = author.examined(a_film())
    problem_of(
        author.add(id, quiz=[{"prompt": "?", "options": ["1", "2"], "answer": 2}]),
        422,
        "quiz.question_invalid",
    )
    assert author.stored(id).state is UploadState.READY
    assert author.add(id).status_code == 201


def test_uploads_of_another_organisation_are_not_found(author: Author):
    id = author.examined(a_film())
    before = author.stored(id)
    for method, path in [
        ("GET", f"/uploads/{id}"), ("DELETE", f"/uploads/{id}"), ("PUT", f"/uploads/{id}/parts/1"),
        ("POST", f"/uploads/{id}/completion"),
    ]:  # fmt: skip
        problem_of(author.send(method, path, author.other), 404, "not_found")
    problem_of(author.add(id, author.other), 404, "not_found")
    assert author.send("GET", "/uploads", author.other).json() == {"uploads": []}
    assert author.stored(id) == before


def test_uploads_are_listed(author: Author):
    ids = [author.start(bytes([n])).json()["upload_id"] for n in range(3)]
    listed = author.send("GET", "/uploads").json()["uploads"]
    assert [upload["upload_id"] for upload in listed] == ids[::-1]
    assert listed[0]["state_zh"] == "上传中"


def test_a_worker_that_dies_is_replaced(author: Author):
    id = author.upload(a_film())
    author.runtime.uploads.update(id, lambda upload: upload.claim(utc_now()))
    later = replace(author.runtime.media, clock=lambda: utc_now() + LEASE)
    while author.stored(id).state is UploadState.QUEUED:
        assert later.examine_next()
    assert author.stored(id).state is UploadState.READY


def test_an_upload_whose_parts_are_lost_is_refused_in_the_end(author: Author):
    id = author.upload(a_film())
    author.runtime.videos.delete_parts(id)
    later = timedelta()
    for _ in range(MAX_ATTEMPTS + 1):
        media = replace(author.runtime.media, clock=partial(_later, later))
        media.examine_next()
        later += PAUSE * 2**MAX_ATTEMPTS
    assert author.stored(id).refusal.code == "upload.examination_failed"


def test_a_rendition_that_failed_is_made_when_staff_ask_again(author: Author):
    id = author.examined(a_film())
    author.add(id)
    rendition = _rendition(author, id)
    for _ in range(MAX_ATTEMPTS + 1):
        author.runtime.renditions.update(
            rendition.id, lambda rendition: rendition.claim(rendition.job.due_at)
        )
    assert _rendition(author, id).state is RenditionState.FAILED
    answer = author.send("POST", f"/courses/{author.course}/lessons/{id}/rendition")
    assert answer.json()["state"] == "waiting"
    author.work("render_next", lambda: _rendition(author, id).state is RenditionState.READY)


def test_a_course_shows_its_chapters_and_videos(author: Author):
    first, second = author.examined(a_film()), author.examined(a_film(1))
    author.add(first, key="a")
    author.add(second, key="b", chapter="第二章")
    shown = author.send("GET", f"/courses/{author.course}").json()
    assert [chapter["title"] for chapter in shown["chapters"]] == ["第一章", "第二章"]
    (lesson,) = shown["chapters"][0]["lessons"]
    assert (lesson["lesson_id"], lesson["key"], lesson["rendition"]) == (first, "a", "waiting")
    assert lesson["video"]["source_sha256"] == hashlib.sha256(a_film()).hexdigest()
    problem_of(author.send("GET", f"/courses/{author.course}", author.other), 404, "not_found")
    listed = author.send("GET", "/courses").json()["courses"]
    assert [(course["course_id"], course["lessons"]) for course in listed] == [(author.course, 2)]


def test_a_lesson_key_names_one_lesson(author: Author):
    author.add(author.examined(a_film()), key="a")
    problem_of(author.add(author.examined(a_film(1)), key="a"), 409, "key.taken")


def test_a_course_key_finds_the_same_course(author: Author):
    body = {"title": "继续教育", "specialty": "土木建筑", "key": "2026"}
    first, again = (author.send("POST", "/courses", json=body).json() for _ in range(2))
    assert first == again
    problem_of(author.send("POST", "/courses", json=body | {"title": "另一"}), 409, "key.taken")
    other = author.send("POST", "/courses", author.other, json=body).json()
    assert other != first


def test_an_add_on_item_has_compulsory_lessons_only(author: Author):
    body = {"title": "增项", "specialty": "安装工程", "item": "add_on"}
    author.course = author.send("POST", "/courses", json=body).json()["course_id"]
    id = author.examined(a_film())
    problem_of(author.add(id, kind="elective"), 422, "lesson.kind_unfit")
    assert author.add(id).status_code == 201


def test_the_contact_can_be_changed(author: Author):
    path = f"/courses/{author.course}/contact"
    assert author.send("PUT", path, json={"contact": "027-8888"}).status_code == 204
    assert author.send("GET", f"/courses/{author.course}").json()["contact"] == "027-8888"
    problem_of(author.send("PUT", path, author.other, json={"contact": "x"}), 404, "not_found")


def _later(by: timedelta) -> datetime:
    return utc_now() + by


def _rendition(author: Author, lesson: str) -> Any:
    return author.runtime.renditions.get(f"{lesson}-360p")
