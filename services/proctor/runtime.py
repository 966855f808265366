"""What a process of proctor holds besides the common things."""

from typing import Any, ClassVar

from services.proctor import object_keys
from services.proctor.settings import ProctorApiSettings, ProctorSettings
from services.proctor.storage import FaceProfiles, Photos, Watches
from shared.persistence.repository import Repository
from shared.runtime import Runtime
from shared.settings import ServiceSettings


class ProctorRuntime(Runtime[ProctorSettings]):
    """实名认证与人脸核验: the events process."""

    name = "proctor"
    settings_class: ClassVar[type[ServiceSettings]] = ProctorSettings
    buckets = (object_keys.PHOTOS, object_keys.EVIDENCE)

    def __init__(self, settings: ProctorSettings) -> None:
        super().__init__(settings)
        self.photos, self.profiles, self.watches = Photos(), FaceProfiles(), Watches()

    @property
    def repositories(self) -> tuple[Repository[Any], ...]:
        """All aggregates."""
        return (self.photos, self.profiles, self.watches)


class ProctorApiRuntime(ProctorRuntime):
    """The api process, which signs receipts."""

    settings_class = ProctorApiSettings
    settings: ProctorApiSettings
