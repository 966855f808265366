"""Use cases of proctor: photos, consent, verifications, sessions and their face checks."""
