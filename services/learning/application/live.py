"""直播空间: staff announce live sessions, learners see what is to come in their courses (R27)."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from services.learning.domain.access import run_by
from services.learning.domain.live import LiveNotice, LiveSession
from services.learning.storage import Courses, Learners, LiveSessions, Studies
from shared.domain.access import only_where
from shared.domain.principal import Principal


@dataclass(frozen=True, kw_only=True)
class LiveRoom:
    """What staff announce for the courses of their organisation, and what learners see of it."""

    courses: Courses
    studies: Studies
    learners: Learners
    live_sessions: LiveSessions

    def announce(self, staff: Principal, course_id: str, notice: LiveNotice, now: datetime) -> LiveSession:
        """发布预告. Raises NotFound, LiveInvalid."""
        course = self.courses.get(course_id, authorise=run_by(staff.organisation))
        session = LiveSession.announce(
            secrets.token_hex(16),
            organisation=course.organisation,
            course_id=course_id,
            notice=notice,
            now=now,
        )
        return self.live_sessions.add(session)

    def edit(self, staff: Principal, session_id: str, notice: LiveNotice, now: datetime) -> LiveSession:
        """修改预告. Raises NotFound, LiveOver, LiveInvalid."""
        whose = only_where("LiveSession", organisation=staff.organisation)
        return self.live_sessions.update_and_get(
            session_id, lambda session: session.edit(notice, now), authorise=whose
        )

    def cancel(self, staff: Principal, session_id: str, now: datetime) -> LiveSession:
        """取消. Raises NotFound, LiveOver."""
        whose = only_where("LiveSession", organisation=staff.organisation)
        return self.live_sessions.update_and_get(
            session_id, lambda session: session.cancel(now), authorise=whose
        )

    def list_announced(self, staff: Principal, course_id: str, page: int) -> list[LiveSession]:
        """All of a course, the latest first. Raises NotFound."""
        self.courses.get(course_id, authorise=run_by(staff.organisation))
        return self.live_sessions.page(page, order="-ends_at", course_id=course_id)

    def list_upcoming(self, person_id: str, page: int, now: datetime) -> list[LiveSession]:
        """What is not over, of the learner's courses, the next first. Raises IdentityUnverified (R16)."""
        learner = self.learners.of(person_id)
        learner.check_verified()
        mine = [study for study in self.studies.of_person(person_id) if study.id not in learner.withdrawn]
        return self.live_sessions.upcoming({study.course_id for study in mine}, now, page)
