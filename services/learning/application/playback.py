"""播放: entering a lesson takes the person's turn, and reports earn credit for the session that has it (R23).

**Why two writes need no transaction.** Entering writes the turn (in the learner) and then the session (in its
study). A report reads the turn and then writes its study. All the same, two sessions of a person never get
credit for the same wall clock:

1. A report takes its time `now` first and looks for the turn afterwards. If the turn is its session's, no
   later turn had been taken by then, so `now` is before every later turn.
2. What a report spends ended at `now` at the latest (`domain.playback`), however late it is written and
   however often the write is tried again: each attempt has the same `now` and the same look at the turn.
3. What a session spends began when its start check was passed, for the wall clock restarts there. That was
   after the session was entered, and so after its turn was taken.

By 1 and 2 an earlier session spends only time from before the later turn, by 3 the later one only time from
after it. So one look at the turn is enough. It may come before the study is read, but never before the time.

A look that finds the turn elsewhere, or the enrolment withdrawn, stays true: a turn that has passed on never
comes back (session ids are used once). Then the report ends its own session. That also ends a session whose
successor did not end it, because a process was killed between its two writes.

This rests on reads that see every acknowledged write, as the primary's do, and on machines whose clocks agree
as well as an auditor allows for.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from services.learning.domain import Report, ReportOutcome, Study, Turn
from services.learning.domain.access import owned_by
from services.learning.domain.errors import SessionOver
from services.learning.storage import Learners, Studies


@dataclass(frozen=True, kw_only=True)
class Playback:
    """What a learner does at the player. `now`: when the request came, taken before anything is read."""

    studies: Studies
    learners: Learners

    def enter(
        self, enrollment_id: str, lesson_id: str, *, person_id: str, now: datetime
    ) -> tuple[Study, str]:
        """进入课程 → the study and the id of its new session, which awaits its start check (R17).

        Any other session of the person ends. Raises NotFound, IdentityUnverified (R16), StudyClosed (R5),
        StudyExpired (R9), StudyDone, LessonDone; then the person's turn is where it was. Raises SessionOver
        when somebody with the same account entered at the same moment and came later.
        """
        study = self.studies.get(enrollment_id, authorise=owned_by(person_id))
        self.learners.of(person_id).check_may_learn(enrollment_id)
        study.check_may_enter(lesson_id, now)
        turn = self._take_turn(person_id, enrollment_id)
        study = self.studies.update_and_get(
            enrollment_id,
            lambda study: study.enter(lesson_id, turn, now),
            authorise=owned_by(person_id),
        )
        self._give_way(person_id, turn)
        return study, turn.session_id

    def report(
        self, enrollment_id: str, session_id: str, report: Report, *, person_id: str, now: datetime
    ) -> ReportOutcome:
        """进度报告 → what it earned (R23). One read of the learner, one read and one write of the study.

        Raises as `Study.report`, and NotFound for a foreign study.
        """
        has_turn = self.learners.of(person_id).has_turn(session_id)
        return self.studies.update(
            enrollment_id,
            lambda study: study.report(session_id, report, has_turn=has_turn, now=now),
            authorise=owned_by(person_id),
        )

    def _take_turn(self, person_id: str, enrollment_id: str) -> Turn:
        """A new session gets the turn; the session that had it ends, in whatever study it is."""
        session_id = secrets.token_hex(16)
        before, turn = self.learners.update(
            person_id, lambda learner: learner.take_turn(enrollment_id, session_id)
        )
        if before and before.enrollment_id != enrollment_id:
            self._supersede(before)
        return turn

    def _give_way(self, person_id: str, turn: Turn) -> None:
        """A turn taken between ours and our entering could not end our session yet. Raises SessionOver."""
        if not self.learners.of(person_id).has_turn(turn.session_id):
            self._supersede(turn)
            raise SessionOver()

    def _supersede(self, turn: Turn) -> None:
        self.studies.update(turn.enrollment_id, lambda study: study.supersede(turn.session_id))
