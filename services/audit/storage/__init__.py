"""Audit's collections in MongoDB: the log, which segments of it are archived, and studies."""

from services.audit.storage.documents import Span
from services.audit.storage.event_log import EventLog
from services.audit.storage.rows import Message
from services.audit.storage.segments import Segments
from services.audit.storage.study_audits import Cursor, StudyAudits

__all__ = ["Cursor", "EventLog", "Message", "Segments", "Span", "StudyAudits"]
