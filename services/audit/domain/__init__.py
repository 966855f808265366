"""What the log alone can prove: that it is whole (R31, R32), study hours (R23), face checks (R17)."""

from services.audit.domain.chain import GENESIS, ChainReport, Head, LogFork, chained, verify_chain
from services.audit.domain.derivation import derive_hours
from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.entry import Entry, EntryFilter, read_entry
from services.audit.domain.hours import Hours, LessonHours

__all__ = [
    "GENESIS",
    "ChainReport",
    "Discrepancy",
    "Entry",
    "EntryFilter",
    "Head",
    "Hours",
    "LessonHours",
    "LogFork",
    "chained",
    "derive_hours",
    "read_entry",
    "verify_chain",
]
