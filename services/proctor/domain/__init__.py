"""Rules of proctor: photos (R3), consent and verification (R16), schedules and face checks (R17, R18)."""

from services.proctor.domain.check import Check, CheckState
from services.proctor.domain.photo import Photo, PhotoRules
from services.proctor.domain.profile import FaceProfile
from services.proctor.domain.verification import Verification, VerificationPolicy, VerificationState
from services.proctor.domain.watch import Watch

__all__ = [
    "Check",
    "CheckState",
    "FaceProfile",
    "Photo",
    "PhotoRules",
    "Verification",
    "VerificationPolicy",
    "VerificationState",
    "Watch",
]
