"""What the log alone can prove: that it is whole (R31, R32), study hours (R23), face checks (R17)."""

from services.audit.domain.chain import GENESIS, ChainReport, Head, verify_chain
from services.audit.domain.entry import Entry, read_entry
from services.audit.domain.hours import Discrepancy, Hours, LessonHours, derive_hours

__all__ = [
    "GENESIS",
    "ChainReport",
    "Discrepancy",
    "Entry",
    "Head",
    "Hours",
    "LessonHours",
    "derive_hours",
    "read_entry",
    "verify_chain",
]
