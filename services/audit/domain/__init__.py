"""What the log alone can prove: that it is whole (R31, R32), study hours (R23), face checks (R17)."""

from services.audit.domain.chain import GENESIS, ChainReport, Head, LogFork, chained, verify_chain
from services.audit.domain.derivation import derive_hours
from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.entry import Entry, EntryFilter, read_entry
from services.audit.domain.hours import Hours
from services.audit.domain.lesson_hours import Claim, LessonHours
from services.audit.domain.rules import RULES, Rule

__all__ = [
    "GENESIS",
    "RULES",
    "ChainReport",
    "Claim",
    "Discrepancy",
    "Entry",
    "EntryFilter",
    "Head",
    "Hours",
    "LessonHours",
    "LogFork",
    "Rule",
    "chained",
    "derive_hours",
    "read_entry",
    "verify_chain",
]
