"""实名认证与人脸核验 proctor: photos, consent, liveness, face checks in lessons (R3, R16–R21)."""
