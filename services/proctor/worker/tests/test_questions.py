"""What the engine is asked for each kind of job (R3, R16, R18)."""

from __future__ import annotations

import numpy as np
import pytest

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.domain.verification import Prompt
from services.proctor.worker.adapters.material_store import JobMaterial, ReferencePhoto
from services.proctor.worker.application.questions import questions_of, verdict_on
from services.proctor.worker.domain.recogniser import Reference
from shared.events.proctor import JobKind, JobQueued

REFERENCE = Reference(np.zeros(3, np.float32), "version")


def a_material(kind: JobKind, *images: bytes, prompts: tuple[str, ...] = ()) -> JobMaterial:
    job = JobQueued(job_id="job", kind=kind, owner="owner", frame_keys=[], prompts=list(prompts))
    return JobMaterial(job, images, REFERENCE)


def test_a_declaration_photo_is_measured_and_compared_with_nothing():
    (question,) = questions_of(a_material(JobKind.PHOTO, b"photo"))
    assert (question.images, question.photo, question.reference) == ((b"photo",), True, None)


def test_a_check_compares_its_frame_with_the_reference():
    (question,) = questions_of(a_material(JobKind.CHECK, b"frame"))
    assert (question.images, question.photo, question.reference) == ((b"frame",), False, REFERENCE)


def test_a_verification_asks_for_the_frontal_photo_and_for_the_frames():
    frontal, live = questions_of(a_material(JobKind.LIVENESS, b"photo", b"1", b"2", prompts=("nod",)))
    assert (frontal.images, frontal.prompts) == ((b"photo",), ())
    assert (live.images, live.prompts) == ((b"1", b"2"), (Prompt.NOD,))
    assert frontal.reference is live.reference is REFERENCE


def test_a_reference_that_is_not_embedded_is_not_compared_with():
    photo = ReferencePhoto("key", b"photo")
    material = JobMaterial(a_material(JobKind.CHECK).job, (b"frame",), photo)
    assert questions_of(material)[0].reference is None


def test_without_pictures_nothing_is_asked_and_the_verdict_is_unreadable():
    assert questions_of(JobMaterial(a_material(JobKind.CHECK).job, None)) == []
    assert verdict_on(JobKind.CHECK, []).outcome is FaceOutcome.UNREADABLE


def test_an_unknown_prompt_is_an_error():
    with pytest.raises(ValueError, match="wink"):
        questions_of(a_material(JobKind.LIVENESS, b"photo", b"1", prompts=("wink",)))
