"""Proctor as its clients and the other services meet it, and the learners who use it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from services.proctor.domain import object_keys
from services.proctor.domain.schedule import seed_hash
from services.proctor.runtime import ProctorEventsRuntime
from services.proctor.service import ProctorService
from services.proctor.storage import FaceProfiles, Photos, ProctoredSessions
from services.proctor.tests.builders import (
    a_picture,
    a_stored_photo,
    a_value,
    an_answer,
    an_entry,
    new_id,
    published,
)
from shared.domain.clock import utc_now
from shared.events.base import Event
from shared.events.enrollment import DeclarationSubmitted
from shared.events.learning import ScheduleMixed
from shared.events.proctor import JobKind
from shared.events.terms import LicenceCategory, Role
from shared.persistence.objects import Objects
from testkit.tokens import bearer


@dataclass
class Learner:
    """Somebody with a browser."""

    http: httpx.Client
    person_id: str
    headers: dict[str, str]

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(f"/api/proctor/{path}", params=query, headers=self.headers)

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(f"/api/proctor/{path}", headers=self.headers, **body)

    def delete(self, path: str) -> httpx.Response:
        return self.http.delete(f"/api/proctor/{path}", headers=self.headers)

    def consent(self) -> httpx.Response:
        return self.post("consent", json={"accepted": True, "text_version": "2026-01"})

    def begin(self, photo: bytes) -> httpx.Response:
        return self.post("verifications", files={"photo": ("frontal.jpg", photo)})

    def film(self, verification_id: str, frames: list[bytes]) -> httpx.Response:
        files = [("frames", (f"{number}.jpg", frame)) for number, frame in enumerate(frames)]
        return self.post(f"verifications/{verification_id}/frames", files=files)

    def answer(self, check_id: str, frame: bytes) -> httpx.Response:
        return self.post(f"checks/{check_id}/answer", files={"frame": ("frame.jpg", frame)})


@dataclass
class World:
    """Proctor as its clients and the other services meet it."""

    http: TestClient
    service: ProctorService
    signing_key: Path
    lease_key: Path  # learning's

    def learner(self) -> Learner:
        """A learner of whom nothing but the account is known."""
        person_id = self.runtime.keyring.new_owner()
        return Learner(self.http, person_id, self.headers(Role.LEARNER, person=person_id))

    def declared(self) -> Learner:
        """A learner whose declaration has arrived."""
        learner = self.learner()
        self.service.adopt_photo(self.declaration(learner.person_id, self.accepted_photo()))
        return learner

    def verified(self) -> Learner:
        """A learner who has consented and whose face was found to match."""
        learner = self.declared()
        learner.consent()
        id = learner.begin(a_picture()).json()["verification_id"]
        learner.film(id, [a_picture()] * 20)
        self.service.conclude(
            published(an_answer(f"{learner.person_id}-{id}", "match", kind=JobKind.LIVENESS))
        )
        return learner

    def entered(self, learner: Learner, **changes: Any) -> str:
        """The learner enters a lesson, and learning answers the draw; the session's id."""
        session_id = self.drawn(learner, **changes)
        self.service.mix_schedule(self.value_for(session_id))
        return session_id

    def drawn(self, learner: Learner, **changes: Any) -> str:
        """The learner enters a lesson, and learning's value is still on its way; the session's id."""
        time = changes.pop("time", utc_now())
        entry = an_entry(new_id(), **{"person_id": learner.person_id, "enrollment_id": new_id(), **changes})
        self.service.begin_session(published(entry, time=time))
        return entry.session_id

    def value_for(self, session_id: str, **changes: Any) -> ScheduleMixed:
        """Learning's answer to the commitment of this session."""
        return published(a_value(session_id, **{"seed_hash": seed_hash(self.seed_of(session_id)), **changes}))

    def seed_of(self, session_id: str) -> bytes:
        """The secret of a session."""
        return self.runtime.seeds.unseal(self.sessions.get(session_id))

    def accepted_photo(self) -> str:
        """The id of a photo that was uploaded and accepted."""
        id = self.runtime.keyring.new_owner()
        self.photo_bucket.put_sealed(id, object_keys.examined_photo(id), a_picture())
        self.photos.add(a_stored_photo(id))
        return id

    def declaration(self, person_id: str, photo_id: str) -> DeclarationSubmitted:
        return published(
            DeclarationSubmitted(
                enrollment_id=new_id(),
                plan_id="plan",
                person_id=person_id,
                organisation="organisation",
                batch="batch",
                category=LicenceCategory.LEVEL_TWO,
                specialty="specialty",
                fee_fen=60_000,
                photo_id=photo_id,
                personal="sealed",
            )
        )

    def headers(self, role: Role, **claims: str) -> dict[str, str]:
        return bearer(self.signing_key, role, new_id(), **claims)

    @property
    def runtime(self) -> ProctorEventsRuntime:
        return self.service.runtime

    @property
    def sessions(self) -> ProctoredSessions:
        return self.runtime.sessions

    @property
    def profiles(self) -> FaceProfiles:
        return self.runtime.profiles

    @property
    def photos(self) -> Photos:
        return self.runtime.photos

    @property
    def photo_bucket(self) -> Objects:
        return self.runtime.objects(object_keys.PHOTOS)

    @property
    def evidence_bucket(self) -> Objects:
        return self.runtime.objects(object_keys.EVIDENCE)


def recorded(repository: Any, id: str) -> list[str]:
    """The types of an aggregate's unsent events."""
    return [entry["type"] for entry in repository.rows.find_one({"_id": id})["outbox"]]


def types(*events: type[Event]) -> list[str]:
    return [event.TYPE for event in events]
