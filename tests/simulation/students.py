"""People at the player: mostly greedy, sometimes away, on two devices, and never kinder than real ones.

A student knows what the answers have said. An answer may be lost with the process that gave it.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from services.learning.application.playback import Entry
from services.learning.domain import PlaySession, Report, SessionState
from services.learning.domain.errors import PlayingElsewhere, ReportRefused
from services.proctor.application import checks
from services.proctor.domain.access import owned_by
from services.proctor.domain.check import CheckState
from services.proctor.domain.ids import session_of_check
from services.proctor.storage import ProctoredSessions
from shared.domain.errors import DomainError
from tests.simulation.face_worker import a_frame
from tests.simulation.gathering import finish
from tests.simulation.lessons import COURSE, LESSON_MS, player
from tests.simulation.town import Town, person_of

PAUSES = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, 5.0, 8.0, 8.0, 12.0, 40.0)  # between two acts, in s
LENGTHS_MS = (1_000, 3_000, 5_000, 5_000, 10_000, 30_000, 34_000)  # of video that a report claims
MAX_QUEUED = 3  # reports that a gap in the connection has held back
LESSONS = [lesson.id for lesson in COURSE.lessons]


@dataclass
class Tab:
    """What one device knows of its session."""

    login: str
    enrollment_id: str = ""
    session_id: str = ""
    state: SessionState = SessionState.ENDED
    next_report: int = 1
    position_ms: int = 0
    unanswered: Report | None = None

    def show(self, session: PlaySession) -> None:
        """What the server says of a session."""
        self.enrollment_id, self.session_id = session.enrollment_id, session.id
        self.state, self.unanswered = session.state, None
        self.next_report, self.position_ms = session.reports + 1, session.covered_ms


class Student:
    """Number `number` of those who learn, each in two enrolments."""

    def __init__(self, number: int, chance: Random) -> None:
        self._chance, self.next_at = chance, 0.0
        self._enrolments = [f"e{2 * number}", f"e{2 * number + 1}"]
        self.person_id = person_of(self._enrolments[0])
        self._tabs = [Tab(f"phone-{number}"), Tab(f"desktop-{number}")]
        self._here = self._tabs[0]
        self._goal = self._enrolments[0], LESSONS[0]
        self.answered: set[tuple[str, int]] = set()  # session and number of each report that was accepted

    def act(self, now: float) -> tuple[str, Any]:
        """What comes next: of which service, and what."""
        self.next_at = now + self._chance.choice(PAUSES)
        if self._chance.random() < 0.005:
            self._here = self._chance.choice(self._tabs)
        tab, draw = self._here, self._chance.random()
        if tab.state is SessionState.ENDED or draw < 0.004:
            return "learning", self._enter
        if tab.state is SessionState.AWAITING_CHECK and draw < 0.8:
            self.next_at = now + self._chance.choice((0.5, 1.0, 2.0))
            return ("learning", self._look) if draw < 0.3 else ("proctor", self._answer_check)
        return "learning", self._report

    # ---- acts, each in a thread of a process ----

    def _enter(self, town: Town) -> None:
        """Mostly the lesson of before; where there is nothing to learn, another one is next."""
        tab, chance = self._here, self._chance
        if chance.random() < 0.1:
            self._choose()
        enrolment, lesson = self._goal
        entry = Entry(
            person_id=self.person_id,
            login_id=tab.login,
            enrollment_id=enrolment,
            lesson_id=lesson,
            take_over=chance.random() < 0.3,
        )
        try:
            tab.show(player(town).enter(entry, town.clock()))
        except PlayingElsewhere:
            self._here = chance.choice(self._tabs)
            raise
        except DomainError:
            self._choose()
            raise

    def _choose(self) -> None:
        self._goal = self._chance.choice(self._enrolments), self._chance.choice(LESSONS)

    def _look(self, town: Town) -> None:
        tab = self._here
        tab.show(player(town).show(tab.enrollment_id, tab.session_id, person_id=self.person_id))

    def _answer_check(self, town: Town) -> None:
        """Each check that is asked here is answered with a frame, not always of the right face."""
        proctored = town[ProctoredSessions]
        for check in checks.of_session(proctored, self.person_id, self._here.session_id):
            if check.state is CheckState.REQUESTED:
                frame = a_frame(self._chance, self.person_id, check.id)
                proctored.update(
                    session_of_check(check.id),
                    lambda session, id=check.id, frame=frame: session.answer(
                        id, frame, "reference", town.clock()
                    ),
                    authorise=owned_by(self.person_id),
                )

    def _report(self, town: Town) -> None:
        """One, or several that a gap has held back; the last one again when its answer was lost."""
        tab, queued = self._here, self._chance.choice((1, 1, 1, 1, MAX_QUEUED))
        for _ in range(queued):
            report = self._next_report(tab)
            tab.unanswered = report
            self._send(town, tab, report)

    def _next_report(self, tab: Tab) -> Report:
        chance = self._chance
        if tab.unanswered and chance.random() < 0.7:
            return tab.unanswered
        end_ms = min(tab.position_ms + chance.choice(LENGTHS_MS), LESSON_MS)
        report = Report(number=tab.next_report, from_ms=tab.position_ms, to_ms=end_ms, rate=1.0)
        return self._forge(report) if chance.random() < 0.12 else report

    def _forge(self, report: Report) -> Report:
        """What no honest player sends, or one that went back in the video."""
        back_ms = max(0, report.from_ms - 4_000)
        return self._chance.choice(
            (
                replace(report, from_ms=back_ms),
                replace(report, from_ms=back_ms, to_ms=report.from_ms),
                replace(report, number=report.number + 1),
                replace(report, number=max(1, report.number - 1)),
                replace(report, rate=2.0),
                replace(report, from_ms=report.from_ms + 1, to_ms=report.to_ms + 1),
                replace(report, to_ms=LESSON_MS),
                replace(report, to_ms=LESSON_MS + 60_000),
                replace(report, from_ms=report.to_ms, to_ms=report.from_ms - 1),
            )
        )

    def _send(self, town: Town, tab: Tab, report: Report) -> None:
        session_id = tab.session_id
        with suppress(ReportRefused):
            try:
                outcome = finish(
                    player(town).report_together(
                        tab.enrollment_id, session_id, report, person_id=self.person_id, now=town.clock()
                    )
                )
            except ReportRefused as refusal:
                tab.state = SessionState(str(refusal.details["state"]))
                tab.next_report = int(str(refusal.details["next_report"]))
                tab.position_ms = int(str(refusal.details["position_ms"]))
                tab.unanswered = None
                raise
            self.answered.add((session_id, report.number))
            tab.state, tab.unanswered = outcome.state, None
            tab.next_report, tab.position_ms = outcome.next_report, outcome.position_ms
