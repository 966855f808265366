"""Audit's collections in MongoDB: the log, and which segments of it are archived."""

from services.audit.storage.documents import Span
from services.audit.storage.event_log import EventLog
from services.audit.storage.rows import Message
from services.audit.storage.segments import Segments

__all__ = ["EventLog", "Message", "Segments", "Span"]
