"""What learning keeps in its database."""

from services.learning.storage.courses import Courses
from services.learning.storage.ledger import Ledger
from services.learning.storage.media import Renditions, Uploads
from services.learning.storage.practice import LiveSessions, PracticeQuestions, Practices
from services.learning.storage.service import SERVICE
from services.learning.storage.sessions import PlaySessions
from services.learning.storage.studies import Learners, Studies

__all__ = [
    "SERVICE",
    "Courses",
    "Learners",
    "Ledger",
    "LiveSessions",
    "PlaySessions",
    "PracticeQuestions",
    "Practices",
    "Renditions",
    "Studies",
    "Uploads",
]
