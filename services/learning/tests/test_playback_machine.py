"""Whatever a client sends, in whatever order, credit stays within wall clock and lease (R17, R23, R25).

A learner with two enrolments, several tabs and logins and a forging player, played at random by Hypothesis:
crashes while entering, checks that are heard late, twice or never, silence, and a clock that steps back.
"""

from collections import defaultdict
from dataclasses import asdict, replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.learning.domain import Learner, PassedCheck, PlaySession, Report, SessionState, Study
from services.learning.domain.batch import MAX_REFUSALS, MAX_REPORTS
from services.learning.tests.auditor import Granted, derive
from services.learning.tests.builders import (
    NOON,
    POLICY,
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_study,
)
from shared.domain.errors import DomainError
from shared.events.learning import Ending, LessonCompleted, StudyCompleted
from shared.events.terms import LessonKind

DURATION = 6_000
COURSE = a_course(
    a_lesson(duration_ms=DURATION, quiz=[a_question()]),
    a_lesson("special", kind=LessonKind.ELECTIVE, duration_ms=DURATION),
)
SMALL = replace(POLICY, hour_seconds=6, slack_s=1, bank_s=2, silence_s=3, report_period_s=1)
STUDIES, LESSONS = ("first", "second"), ("common", "special")
choice, DELAY = st.sampled_from, st.one_of(st.integers(0, 1_500), st.integers(0, 5_000))
RATE = choice([1, 1, 1, 0.5, 2])


class Playback(RuleBasedStateMachine):
    """How long a session played is counted here, apart from the domain and its clock."""

    @initialize()
    def begin(self) -> None:
        self.now = NOON
        self.learner = Learner(id="person", verified=True)
        self.studies = {id: a_study(COURSE, enrollment_id=id, policy=SMALL) for id in STUDIES}
        self.sessions: dict[str, PlaySession] = {}
        self.log: list = []  # what an auditor reads, in the order in which it was recorded
        self.seen: dict[str, int] = defaultdict(int)  # session → events that are in the log
        self.played: dict[str, int] = defaultdict(int)  # session → ms in which it played
        self.leases: dict[str, int] = defaultdict(int)  # session → how far it was ever allowed
        self.covered_before: dict[tuple[str, str], int] = defaultdict(int)
        self.enter("first", "common", crash="none", start=True, ms=0)

    def front(self) -> PlaySession | None:
        """The session that has the turn, if it was ever created."""
        turn = self.learner.turn
        return self.sessions.get(turn.session_id) if turn else None

    @rule(ms=DELAY)
    def time_passes(self, ms: int) -> None:
        session = self.front()
        if session and session.state is SessionState.PLAYING:
            self.played[session.id] += ms
        self.now += timedelta(milliseconds=ms)

    @rule(ms=DELAY)
    def the_clock_steps_back(self, ms: int) -> None:
        self.now -= timedelta(milliseconds=ms)

    @rule(study=choice(STUDIES), lesson=choice(LESSONS), start=st.booleans(), ms=DELAY,
          crash=choice(["none", "none", "none", "after the end", "after the turn"]))  # fmt: skip
    def enter(self, study: str, lesson: str, crash: str, start: bool, ms: int) -> None:
        """The three writes of entering, any of which may be the last one of its process."""
        turn = self.learner.turn
        if turn:
            self._end(turn)
        if crash == "after the end":
            return
        try:
            self.studies[study].check_may_enter(lesson, self.now)
            session_id = f"s{len(self.sessions) + 1}-{self.now.timestamp()}"
            turn = self.learner.take_turn(turn, study, session_id, self.now)
        except DomainError:
            return
        if crash == "after the turn":
            return
        self.studies[study].enter(lesson, self.now)
        self.sessions[session_id] = PlaySession.begin(
            turn,
            self.studies[study].lesson(lesson),
            person_id="person",
            login_id="login",
            closes_at=self.studies[study].closes_at,
            policy=SMALL,
            now=self.now,
        )
        self._note()
        self.time_passes(ms)
        if start:
            self.pass_a_check(START, DURATION // 2, False)

    @rule(moment=choice([START, UNFORESEEN]), lease=st.integers(0, DURATION + 10), again=st.booleans())
    def pass_a_check(self, moment, lease: int, again: bool) -> None:
        session = self.front()
        if session is None:
            return
        check = PassedCheck(check_id=f"{session.id}-{moment}-{0 if again else len(self.log)}", moment=moment)
        if session.ending is None and check not in session.checks:
            session.elapse(self.now)
            self._note()
        if session.ending is None and check not in session.checks:
            self.log.append(Granted(session_id=session.id, until_ms=lease))
            self.leases[session.id] = max(self.leases[session.id], min(lease, DURATION))
        session.pass_check(check, lease_ms=lease, passed_at=self.now, now=self.now)
        self._note()

    @rule(ending=choice([Ending.CHECK_FAILED, Ending.STOPPED]))
    def end(self, ending: Ending) -> None:
        if session := self.front():
            session.end(ending, self.now)
            self._note()

    @rule()
    def somebody_looks_at_the_clock(self) -> None:
        for session in self.sessions.values():
            session.elapse(self.now)
        self._note()

    @rule(wait=DELAY, ms=DELAY, back=st.integers(0, 500), rate=RATE)
    def play(self, wait: int, ms: int, back: int, rate: float) -> None:
        """In order, though not always as long as was waited."""
        self.time_passes(wait)
        if session := self.front():
            self._play_on(session, ms, back, rate)

    @rule(data=st.data(), wait=DELAY, ms=DELAY)
    def play_in_any_tab(self, data, wait: int, ms: int) -> None:
        """Tabs that are still open go on as if nothing had happened."""
        self.time_passes(wait)
        self._play_on(data.draw(choice(list(self.sessions.values()))), ms, 0, 1)

    @rule(data=st.data(), skipped=st.integers(-1, 2), start=st.integers(-10, DURATION + 600),
          end=st.integers(-10, DURATION + 600), rate=RATE)  # fmt: skip
    def forge(self, data, skipped: int, start: int, end: int, rate: float) -> None:
        session = data.draw(choice(list(self.sessions.values())))
        number = session.reports + 1 + skipped
        self._send(session, Report(number=number, from_ms=start, to_ms=end, rate=rate))

    @rule(data=st.data())
    def repeat(self, data) -> None:
        session = data.draw(choice(list(self.sessions.values())))
        if session.last_report:
            before = asdict(session)
            assert session.report(session.last_report.report, self.now) == session.last_report.outcome
            assert asdict(session) == before

    @rule(study=choice(STUDIES), right=st.booleans())
    def answer_the_quiz(self, study: str, right: bool) -> None:
        self.studies[study].answer_question("common", "q1", right=right, now=self.now)

    @invariant()
    def credit_stays_within_the_wall_clock(self) -> None:
        books = derive(self.log, SMALL)
        assert all(book.paid_ms <= self.played[id] for id, book in books.items())
        assert sum(self._covered().values()) <= sum(self.played.values())

    @invariant()
    def credit_stays_within_the_lease(self) -> None:
        for id, session in self.sessions.items():
            before = self.covered_before[session.enrollment_id, session.lesson_id]
            assert session.covered_ms <= max(before, self.leases[id])

    @invariant()
    def at_most_one_session_goes_on(self) -> None:
        live = [session for session in self.sessions.values() if session.ending is None]
        assert live in ([], [self.front()])

    @invariant()
    def progress_never_goes_down(self) -> None:
        for lesson, covered_ms in self._covered().items():
            assert covered_ms >= self.covered_before[lesson]
            self.covered_before[lesson] = covered_ms

    @invariant()
    def an_auditor_derives_the_same_from_the_events(self) -> None:
        for id, book in derive(self.log, SMALL).items():
            session = self.sessions[id]
            unpublished = sum(record.credited_ms for record in session.batch.reports)
            assert book.covered_ms + unpublished == session.covered_ms
            assert book.lesson == (session.enrollment_id, session.lesson_id)

    @invariant()
    def a_session_stays_small(self) -> None:
        for session in self.sessions.values():
            assert len(session.batch.reports) <= MAX_REFUSALS + MAX_REPORTS

    @invariant()
    def completion_is_recorded_once(self) -> None:
        for study in getattr(self, "studies", {}).values():
            completed = [event.lesson_id for event in study.events if isinstance(event, LessonCompleted)]
            assert sorted(completed) == sorted(
                lesson.lesson_id for lesson in study.lessons if lesson.completed
            )
            finished = [event for event in study.events if isinstance(event, StudyCompleted)]
            assert len(finished) == bool(study.completed_at)

    def _end(self, turn) -> None:
        session = self.sessions.get(turn.session_id)
        if session is None:
            return
        session.end(Ending.SUPERSEDED, self.now)
        self._note()
        self.studies[session.enrollment_id].absorb(session, self.now)

    def _play_on(self, session: PlaySession, ms: int, back: int, rate: float) -> None:
        start = max(0, session.covered_ms - back)
        end = min(start + ms, DURATION)
        self._send(session, Report(number=session.reports + 1, from_ms=start, to_ms=end, rate=rate))

    def _send(self, session: PlaySession, report: Report) -> None:
        before = {key: value for key, value in asdict(session).items() if key != "batch"}
        ended = session.ending is not None
        outcome = session.report(report, self.now)
        self._note()
        assert outcome.covered_ms == session.covered_ms
        if outcome.refusal and session.ending is None:
            assert {key: value for key, value in asdict(session).items() if key != "batch"} == before
        assert session.covered_ms == before["covered_ms"] or (not ended and report.rate == 1)

    def _note(self) -> None:
        for session in self.sessions.values():
            self.log += session.events[self.seen[session.id] :]
            self.seen[session.id] = len(session.events)

    def _covered(self) -> dict[tuple[str, str], int]:
        """By study and lesson, what the study knows or a session has earned since."""
        covered: dict[tuple[str, str], int] = {}
        studies: dict[str, Study] = getattr(self, "studies", {})
        for study in studies.values():
            for lesson in study.lessons:
                earned = [
                    session.covered_ms
                    for session in self.sessions.values()
                    if (session.enrollment_id, session.lesson_id) == (study.id, lesson.lesson_id)
                ]
                covered[study.id, lesson.lesson_id] = max([lesson.covered_ms, *earned])
        return covered


Playback.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestPlayback = Playback.TestCase
