"""The rules of learning, by concept: courses, coverage of a video, playback, progress, studies, learners.

Times are UTC and passed in; positions and durations of video are integer milliseconds.
"""

from services.learning.domain.course import Course, CourseStatus, Lesson, Question, Video
from services.learning.domain.learner import Learner, Turn
from services.learning.domain.playback import Answer, Refusal, Report, SessionState
from services.learning.domain.progress import LessonState
from services.learning.domain.study import Study

__all__ = [
    "Answer",
    "Course",
    "CourseStatus",
    "Learner",
    "Lesson",
    "LessonState",
    "Question",
    "Refusal",
    "Report",
    "SessionState",
    "Study",
    "Turn",
    "Video",
]
