"""审计 audit: the log of all business events, and what can be proven from it alone (R31, R32)."""
