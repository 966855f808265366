"""What a front end may ask of proctor."""

from services.proctor.api import checks, consent, photos, verifications
from services.proctor.runtime import ProctorApiRuntime
from shared.http.application import service_api

app = service_api(
    title="实名认证与人脸核验 Proctor",
    routers=[photos.router, consent.router, verifications.router, checks.router],
    runtime_class=ProctorApiRuntime,
    max_body_bytes=8 * 1024 * 1024,
)
