"""What a front end may ask of proctor."""

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from services.proctor import places
from services.proctor.api import checks, consent, photos, verifications
from services.proctor.domain.profile import TooManyAttempts
from services.proctor.settings import ProctorApiSettings
from services.proctor.storage import FaceProfiles, Photos, Watches
from shared.api import service_api
from shared.errors import Refused

app = service_api(
    name="proctor",
    title="实名认证与人脸核验 Proctor",
    routers=[photos.router, consent.router, verifications.router, checks.router],
    repositories=[Photos(), FaceProfiles(), Watches()],
    settings_class=ProctorApiSettings,
    buckets=(places.PHOTOS, places.EVIDENCE),
    max_body_bytes=8 * 1024 * 1024,
)


@app.exception_handler(photos.FaceWorkerAway)
@app.exception_handler(TooManyAttempts)
async def later(request: Request, error: Refused) -> JSONResponse:
    """The common answer to a refusal, and when to come back (RFC 9110, 10.2.3)."""
    refused: Any = app.exception_handlers[Refused]
    answer: JSONResponse = await refused(request, error)
    answer.headers["Retry-After"] = str(error.facts["retry_after_s"])
    return answer
