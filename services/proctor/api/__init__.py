"""What a front end may ask of proctor."""

from services.proctor import places
from services.proctor.api import checks, consent, photos, verifications
from services.proctor.settings import ProctorApiSettings
from services.proctor.storage import FaceProfiles, Photos, Watches
from shared.api import service_api

app = service_api(
    name="proctor",
    title="实名认证与人脸核验 Proctor",
    routers=[photos.router, consent.router, verifications.router, checks.router],
    repositories=[Photos(), FaceProfiles(), Watches()],
    settings_class=ProctorApiSettings,
    buckets=(places.PHOTOS, places.EVIDENCE),
    max_body_bytes=8 * 1024 * 1024,
)
