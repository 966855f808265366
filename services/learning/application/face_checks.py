"""人脸核验: what proctor's checks mean for the session that they belong to (R17, R18)."""

from datetime import datetime

from services.learning.storage import Studies
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, FaceCheckRequested


def request_check(studies: Studies, check: FaceCheckRequested) -> None:
    """人脸核验发起 → no credit until it is passed. Raises NotFound."""
    studies.update(check.enrollment_id, lambda study: study.request_check(check), because=check)


def pass_check(studies: Studies, check: FaceCheckPassed, now: datetime) -> None:
    """人脸核验通过 → the session plays from `now` on. Raises NotFound."""
    studies.update(check.enrollment_id, lambda study: study.pass_check(check, now), because=check)


def fail_check(studies: Studies, check: FaceCheckFailed) -> None:
    """人脸核验不通过 → the lesson pauses. Raises NotFound."""
    studies.update(check.enrollment_id, lambda study: study.fail_check(check), because=check)
