"""The face worker process: `python -m services.proctor.worker`, in the worker's own environment."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from PIL import Image

from services.proctor.domain import object_keys
from services.proctor.worker.adapters.material_store import MaterialStore
from services.proctor.worker.adapters.mediapipe_detector import FaceDetector
from services.proctor.worker.adapters.models import DEFAULT_MODEL, antispoof_from, recogniser_from
from services.proctor.worker.application.examination import Examiner
from services.proctor.worker.consumer.face_worker import FaceWorker
from services.proctor.worker.domain.face_job import FaceJob
from services.proctor.worker.engine.face_engine import FaceEngine
from shared.observability.admin_server import serve_admin
from shared.observability.logging import configure_logging
from shared.persistence.objects import Objects
from shared.security.keyring import Keyring
from shared.settings import Settings, read

log = structlog.get_logger()
WARM_UP_PICTURES = 16


@dataclass(frozen=True, kw_only=True)
class WorkerSettings(Settings):
    """What the worker needs besides; the recogniser and the anti-spoofing read their weights' settings."""

    face_model: str = DEFAULT_MODEL


def main() -> None:
    """Load the models, then take jobs until SIGTERM or SIGINT."""
    settings = read(WorkerSettings)
    configure_logging(settings.service, settings.log_level)
    stop, ready = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve_admin(settings.admin_port, ready=ready.is_set)
    examiner = Examiner(_engine(settings), _store(settings, stop))
    FaceWorker(settings.amqp_uri, examiner, ready).run(stop)


def _engine(settings: WorkerSettings) -> FaceEngine:
    """The engine, warm: graphs are built on every thread before the first job."""
    engine = FaceEngine(recogniser_from(_environment(settings)), FaceDetector(), antispoof_from())
    engine.analyse([FaceJob(id="warm-up", images=(_blank_jpeg(),) * WARM_UP_PICTURES)])
    log.info("models.loaded", model=engine.recogniser.name, version=engine.recogniser.version)
    return engine


def _environment(settings: WorkerSettings) -> Mapping[str, str]:
    """The default model by its name in any case; DeepFace's names are spelled as DeepFace spells them."""
    default = settings.face_model.lower() == DEFAULT_MODEL.lower()
    return os.environ | {"XUESHI_FACE_MODEL": DEFAULT_MODEL if default else settings.face_model}


def _store(settings: WorkerSettings, stop: threading.Event) -> MaterialStore:
    keyring = Keyring(settings)
    photos, evidence = (
        Objects(settings, bucket, keyring) for bucket in (object_keys.PHOTOS, object_keys.EVIDENCE)
    )
    return MaterialStore(photos, evidence, stop)


def _blank_jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (480, 480), (90, 90, 90)).save(buffer, "JPEG")
    return buffer.getvalue()


if __name__ == "__main__":
    main()
