"""课程卡片: a learner's studies with their courses, as the learner is shown them (R22)."""

from dataclasses import dataclass

from services.learning.application.studies import Progress
from services.learning.domain import Course, Study
from services.learning.storage import Courses


@dataclass(frozen=True, kw_only=True)
class CourseViews:
    """Studies, as far as the session that goes on has come, and the courses that they are of."""

    progress: Progress
    courses: Courses

    def list_views(self, person_id: str, page: int) -> list[tuple[Study, Course]]:
        """The person's own, the newest first."""
        mine = self.progress.page(person_id, page)
        courses = {id: self.courses.get(id) for id in {study.course_id for study in mine}}
        return [(study, courses[study.course_id]) for study in mine]

    def show(self, enrollment_id: str, person_id: str) -> tuple[Study, Course]:
        """Raises NotFound, for a foreign one too."""
        study, _ = self.progress.of(enrollment_id, person_id)
        return study, self.courses.get(study.course_id)
