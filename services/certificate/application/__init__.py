"""Use cases of certificate: collecting evidence, decisions, issuing, verification (R28–R30)."""
