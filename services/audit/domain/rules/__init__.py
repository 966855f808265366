"""Every rule of the auditor, in the order in which they are asked; `docs/audit-rules.md` lists them."""

from services.audit.domain.rule import RULES, Rule
from services.audit.domain.rules import (
    certificate,
    checks,
    credit,
    evidence,
    identity,
    lessons,
    log,
    opening,
    schedule,
    sessions,
    study,
)

__all__ = [
    "RULES",
    "Rule",
    "certificate",
    "checks",
    "credit",
    "evidence",
    "identity",
    "lessons",
    "log",
    "opening",
    "schedule",
    "sessions",
    "study",
]
