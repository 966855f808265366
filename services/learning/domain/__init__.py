"""The rules of learning, by concept: courses, playback, progress, studies, learners.

Times are UTC and passed in; positions and durations of video are integer milliseconds.
"""

from services.learning.domain.course import Course, CourseStatus, Lesson, Question, Video
from services.learning.domain.learner import Learner, Turn
from services.learning.domain.play_session import PlaySession
from services.learning.domain.playback import RefusalReason, Report, ReportOutcome, SessionState
from services.learning.domain.progress import LessonState, PassedCheck
from services.learning.domain.study import Study

__all__ = [
    "Course",
    "CourseStatus",
    "Learner",
    "Lesson",
    "LessonState",
    "PassedCheck",
    "PlaySession",
    "Question",
    "RefusalReason",
    "Report",
    "ReportOutcome",
    "SessionState",
    "Study",
    "Turn",
    "Video",
]
