"""What the steps of a journey share: the people, the media, and what the journey has produced so far."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testkit.actors.camera import Camera
from testkit.actors.learner import Learner
from testkit.actors.player import Player
from testkit.actors.staff import Staff

LEARNER, IMPOSTOR = "astronaut", "grace_hopper"  # portraits


@dataclass(kw_only=True)
class JourneyState:
    """The people who take part, and the results that a report shows at the end."""

    url: str
    organisation: Staff
    province: Staff
    auditor: Staff
    learner: Learner
    media: Path
    out: Path  # the folder for the certificate
    plan_id: str = ""
    certificate: dict[str, Any] = field(default_factory=dict)  # the verification's answer, and its path
    progress: dict[str, Any] = field(default_factory=dict)  # learning's answer after the last lesson
    audited: dict[str, Any] = field(default_factory=dict)  # the hours that the auditor derived
    hours_match: bool = False  # whether both count the same

    @property
    def hours_record_path(self) -> str:
        """The learner's 学时档案 in certificate."""
        return f"/api/certificate/files/{self.learner.enrollment_id}"

    def player(self, lesson: dict[str, Any]) -> Player:
        """The learner's player in one lesson."""
        return Player(self.learner, lesson["lesson_id"])

    def camera(self, portrait: str = LEARNER) -> Camera:
        """A camera in front of this person."""
        return Camera(self.media / portrait)

    def study(self) -> dict[str, Any]:
        """Learning's present view of the study."""
        path = f"/api/learning/enrollments/{self.learner.enrollment_id}"
        study: dict[str, Any] = self.learner.client.get(path)
        return study

    def lessons(self) -> list[dict[str, Any]]:
        """The present state of every lesson."""
        lessons: list[dict[str, Any]] = self.study()["lessons"]
        return lessons

    def current(self, lesson: dict[str, Any]) -> dict[str, Any]:
        """The present state of one lesson."""
        return next(each for each in self.lessons() if each["lesson_id"] == lesson["lesson_id"])

    def covered_ms(self, lesson: dict[str, Any]) -> int:
        """Video of the lesson that has been credited."""
        return int(self.current(lesson)["covered_ms"])

    def is_completed(self, lesson: dict[str, Any]) -> bool:
        """Whether the lesson is complete (R24)."""
        return bool(self.current(lesson)["state"] == "completed")
