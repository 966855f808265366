"""Rules of proctor: photos (R3), consent and verification (R16), schedules and face checks (R17, R18)."""

from services.proctor.domain.check import Check, CheckState
from services.proctor.domain.photo import Photo
from services.proctor.domain.photo_rules import PhotoRules
from services.proctor.domain.proctored_session import ProctoredSession
from services.proctor.domain.profile import FaceProfile
from services.proctor.domain.verification import Verification, VerificationPolicy, VerificationState

__all__ = [
    "Check",
    "CheckState",
    "FaceProfile",
    "Photo",
    "PhotoRules",
    "ProctoredSession",
    "Verification",
    "VerificationPolicy",
    "VerificationState",
]
