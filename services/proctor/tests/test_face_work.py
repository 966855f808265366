"""Proctor as it runs: api, events process and face worker, on real servers and synthetic camera frames."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pika
import pytest

from services.proctor.domain import object_keys
from services.proctor.tests.builders import a_picture, an_entry, new_id, published
from services.proctor.tests.world import World
from services.proctor.worker.work_queue import DEAD, WORK
from shared.events.envelope import CONTENT_TYPE, encode
from shared.events.proctor import JobKind, JobQueued
from shared.messaging.topology import exchange_of
from shared.security.receipts import receipt_verifier
from testkit.servers import environments
from testkit.servers.layout import WORKER_ENVIRONMENT
from testkit.service_process import Process, nameko, running
from testkit.waiting import eventually

pytestmark = pytest.mark.timeout(600)
until = partial(eventually, seconds=90)  # the worker answers, on a busy machine
WORKER_READY_SECONDS = 240.0  # TensorFlow's import and first trace on a busy machine


@pytest.fixture(scope="module")
def environ(servers: Any) -> dict[str, str]:
    leases = environments.leases(servers.stack.site, "proctor")
    return servers.env_for("proctor") | leases | {"XUESHI_PHOTO_WAIT_SECONDS": "90"}


@pytest.fixture(scope="module")
def events(world: World, environ: dict[str, str], tmp_path_factory: Any) -> Iterator[Process]:
    log = tmp_path_factory.mktemp("log") / "events.log"
    with running(nameko("services.proctor.service"), environ, log) as process:
        yield process


@pytest.fixture(scope="module")
def worker(events: Process, servers: Any, tmp_path_factory: Any) -> Iterator[Process]:
    command = [str(WORKER_ENVIRONMENT / "python"), "-m", "services.proctor.worker"]
    log = tmp_path_factory.mktemp("log") / "worker.log"
    with running(command, servers.env_for("worker"), log, WORKER_READY_SECONDS) as process:
        yield process


@pytest.fixture(scope="module")
def channel(environ: dict[str, str]) -> Iterator[Any]:
    with pika.BlockingConnection(pika.URLParameters(environ["XUESHI_AMQP_URI"])) as connection:
        yield connection.channel()


@pytest.fixture
def say(channel: Any) -> Any:
    """Publish an event as its service would."""

    def publish(event: Any) -> None:
        properties = pika.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=2)
        channel.basic_publish(exchange_of(type(event)), event.TYPE, encode(event).encode(), properties)

    return publish


@pytest.fixture(scope="module")
def verified(world: World, worker: Process, media: Path, channel: Any) -> Any:
    """The astronaut, declared and verified through the api."""
    learner = world.learner()
    receipt = upload(world, media / "astronaut" / "photo.jpg").json()
    declaration = world.declaration(learner.person_id, receipt["photo_id"])
    channel.basic_publish(exchange_of(type(declaration)), declaration.TYPE, encode(declaration).encode())
    until(lambda: world.profiles.find(_id=learner.person_id, declared_key={"$ne": None}))
    learner.consent()
    assert verify(learner, media / "astronaut") == ("verified", None)
    return learner


def upload(world: World, path: Path) -> Any:
    files = {"photo": (path.name, path.read_bytes())}
    return world.http.post("/api/proctor/photos", files=files, data={"category": "level_two"})


def film(folder: Path, prompts: list[str], limit: int) -> list[bytes]:
    folders = [folder / "frames" / name for name in ("neutral", *prompts)]
    return [path.read_bytes() for frames in folders for path in sorted(frames.iterdir())[:limit]]


def verify(learner: Any, folder: Path, frames: list[bytes] | None = None) -> tuple[str, str | None]:
    """Begin a verification and answer its prompts; the final state and reason."""
    begun = learner.begin((folder / "reference.jpg").read_bytes()).json()
    filmed = frames or film(folder, begun["prompts"], begun["frames_per_prompt"])
    assert learner.film(begun["verification_id"], filmed).status_code == 202
    path = f"verifications/{begun['verification_id']}"
    decided = until(lambda: settled(learner.get(path).json()))
    return decided["state"], decided["reason"]


def settled(view: dict[str, Any]) -> dict[str, Any] | None:
    return None if view["state"] in ("waiting_frames", "examining") else view


def frame_of(media: Path, portrait: str) -> bytes:
    return (media / portrait / "frames" / "neutral" / "03.jpg").read_bytes()


@pytest.fixture
def enter(world: World, say: Any) -> Callable[[Any], str]:
    """The learner enters a lesson, and learning answers the draw; the id of the start check."""

    def enter(learner: Any) -> str:
        entry = published(an_entry(new_id(), person_id=learner.person_id, enrollment_id=new_id()))
        say(entry)
        until(lambda: world.sessions.find(_id=entry.session_id))
        say(world.value_for(entry.session_id))
        [check] = until(lambda: learner.get("checks", session_id=entry.session_id).json())
        return str(check["check_id"])

    return enter


def judged(learner: Any, check_id: str, frame: bytes) -> dict[str, Any]:
    """The check once a frame has been judged."""
    assert learner.answer(check_id, frame).status_code == 202
    return concluded(learner, check_id)


def concluded(learner: Any, check_id: str) -> dict[str, Any]:
    view: dict[str, Any] = until(lambda: settled(learner.get(f"checks/{check_id}").json()))
    return view


def test_a_right_photo_gets_a_receipt_that_enrollment_can_verify(world, worker, media, environ):
    answer = upload(world, media / "astronaut" / "photo.jpg")
    assert answer.status_code == 201, answer.text
    public_key = Path(environ["XUESHI_RECEIPT_PRIVATE_KEY"]).with_suffix(".pub")
    receipt = receipt_verifier(public_key)(answer.json()["receipt"])
    photo = world.photos.get(answer.json()["photo_id"])
    assert (receipt.photo_id, receipt.sha256, receipt.category) == (photo.id, photo.sha256, "level_two")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("photo_no_face.jpg", "photo.no_face"),
        ("photo_two_faces.jpg", "photo.several_faces"),
        ("astronaut/photo_not_blue.jpg", "photo.not_blue"),
        ("astronaut/photo_wrong_size.jpg", "photo.wrong_size"),
        ("astronaut/photo.png", "photo.wrong_format"),
    ],
)
def test_a_wrong_photo_is_refused_with_its_rule(world, worker, media, name, code):
    answer = upload(world, media / name)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_the_verified_face_passes_and_its_embedding_is_kept(world, verified, media, enter):
    view = judged(verified, enter(verified), frame_of(media, "astronaut"))
    assert (view["state"], view["reason"]) == ("passed", None)
    key = object_keys.embedding_of(world.profiles.get(verified.person_id).reference())
    stored = json.loads(world.photo_bucket.get_sealed(verified.person_id, key))
    assert len(stored["embedding"]) == 128
    again = judged(verified, enter(verified), frame_of(media, "astronaut"))
    assert again["state"] == "passed"


def test_the_impostor_fails(verified, media, enter):
    check_id = enter(verified)
    view = judged(verified, check_id, frame_of(media, "grace_hopper"))
    assert (view["state"], view["reason"]) == ("failed", "mismatch")


def test_a_frame_without_a_face_may_be_taken_again(verified, media, enter):
    check_id = enter(verified)
    view = judged(verified, check_id, a_picture(size=(480, 480)))
    assert (view["state"], view["reason"]) == ("requested", "no_face")
    assert judged(verified, check_id, frame_of(media, "astronaut"))["state"] == "passed"


def test_a_still_picture_is_not_live(world, worker, media, verified):
    learner = declared_as(world, verified)
    still = [(media / "astronaut" / "reference.jpg").read_bytes()] * 40
    assert verify(learner, media / "astronaut", still) == ("refused", "not_live")


def test_somebody_elses_live_face_is_refused(world, worker, media, verified):
    learner = declared_as(world, verified)
    assert verify(learner, media / "grace_hopper") == ("refused", "mismatch")


def declared_as(world: World, verified: Any) -> Any:
    """Another learner, with the astronaut's photo declared."""
    learner, photo_id = world.learner(), world.accepted_photo()
    key = world.profiles.get(verified.person_id).declared_key
    photo = world.photo_bucket.get_sealed(verified.person_id, key)
    world.photo_bucket.put_sealed(photo_id, object_keys.examined_photo(photo_id), photo)
    world.service.adopt_photo(world.declaration(learner.person_id, photo_id))
    learner.consent()
    return learner


def test_poison_harms_nobody(world, worker, verified, media, say, enter, channel):
    pid, dead = worker.pid, channel.queue_declare(DEAD.name, passive=True).method.message_count
    for body in (b"", b"{", b'{"type":"proctor.job.queued.v1","data":{}}', b"\x00" * 100):
        channel.basic_publish("", WORK.name, body)
    missing = {"job_id": f"{new_id()}-start-1", "owner": new_id(), "frame_keys": ["nowhere"]}
    say(published(JobQueued(kind=JobKind.CHECK, reference_key="nowhere", **missing)))
    check_id = enter(verified)
    assert judged(verified, check_id, frame_of(media, "astronaut"))["state"] == "passed"
    until(lambda: channel.queue_declare(DEAD.name, passive=True).method.message_count >= dead + 4)
    assert worker.pid == pid


def test_a_worker_killed_at_work_loses_nothing(world, worker, verified, media, enter):
    check_ids = []
    for _ in range(6):  # each session ends the one before it, whose frame is still judged
        check_ids.append(enter(verified))
        verified.answer(check_ids[-1], frame_of(media, "astronaut"))
    worker.kill()
    gone = enter(verified)
    verified.answer(gone, frame_of(media, "astronaut"))
    world.evidence_bucket.delete(world.sessions.get(gone.removesuffix("-start")).checks[0].frame_keys[0])
    worker.start()
    worker.await_ready(WORKER_READY_SECONDS)
    assert [concluded(verified, check_id)["state"] for check_id in check_ids] == ["passed"] * 6
    assert concluded(verified, gone)["reason"] == "unreadable"


def test_the_worker_measures_its_batches(worker):
    assert "xueshi_face_batch_jobs_count" in worker.metrics()
