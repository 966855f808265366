"""The learner's camera in the demo."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Camera:
    """What the camera sees: frames synthesised from a portrait, labelled synthetic in each image."""

    folder: Path

    def frontal(self) -> bytes:
        """A frontal photo."""
        return (self.folder / "reference.jpg").read_bytes()

    def look(self, number: int = 0) -> bytes:
        """One frame of a person who looks at the screen."""
        return self._frames("neutral")[number]

    def film(self, prompts: list[str], neutral: int, per_prompt: int) -> list[bytes]:
        """Neutral frames, then frames that follow each prompt from rest to rest."""
        acted = [frame for prompt in prompts for frame in self._frames(prompt)[:per_prompt]]
        return self._frames("neutral")[:neutral] + acted

    def _frames(self, name: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.folder / "frames" / name).glob("*.jpg"))]
