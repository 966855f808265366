"""What a front end may ask of proctor."""

import re

from services.proctor.api import checks, consent, photos, verifications
from services.proctor.runtime import ProctorApiRuntime
from shared.http.application import service_api

MAX_JSON_BYTES = 64 * 1024
MAX_FILE_BYTES = 8 * 1024 * 1024  # a larger one than is taken is told by how much it is too large
_FILES = re.compile(r"/photos$|/verifications(/[^/]+/frames)?$|/checks/[^/]+/answer$")


def body_limit(path: str) -> int:
    """JSON is read before anybody is asked who they are: much of it would keep the process busy."""
    return MAX_FILE_BYTES if _FILES.search(path) else MAX_JSON_BYTES


app = service_api(
    title="实名认证与人脸核验 Proctor",
    routers=[photos.router, consent.router, verifications.router, checks.router],
    runtime_class=ProctorApiRuntime,
    max_body_bytes=body_limit,
)
