"""Whatever a client sends, in whatever order, credit stays within the wall clock (R23, R25).

A learner with two enrolments, several tabs and a forging player, played at random by Hypothesis.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.learning.domain import Learner, Report, SessionState, Study
from services.learning.tests.auditor import derive
from services.learning.tests.builders import (
    NOON,
    POLICY,
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_study,
    failed,
    passed,
    recorded,
    requested,
)
from shared.domain.errors import DomainError
from shared.events.learning import LessonCompleted, PlaybackCredited, StudyCompleted
from shared.events.terms import LessonKind

DURATION = 4_000
COURSE = a_course(
    a_lesson(duration_ms=DURATION, quiz=[a_question()]),
    a_lesson("special", kind=LessonKind.ELECTIVE, duration_ms=DURATION),
)
SMALL = replace(POLICY, hour_seconds=4, slack_s=1, carry_s=1)
STUDIES, LESSONS = ("first", "second"), ("common", "special")
choice, DELAY = st.sampled_from, st.integers(0, 2_500)
RATE = choice([1, 1, 1, 0.5, 2])


class Playback(RuleBasedStateMachine):
    """The wall clock that a session played is counted here, apart from the domain."""

    @initialize()
    def begin(self) -> None:
        self.now = NOON
        self.learner = Learner(id="person", verified=True)
        self.studies = {id: a_study(COURSE, enrollment_id=id, policy=SMALL) for id in STUDIES}
        self.where: dict[str, str] = {}  # session → study
        self.played: dict[str, int] = defaultdict(int)  # session → ms in which it played
        self.covered_before: dict[tuple[str, str], int] = defaultdict(int)
        self.checks = 0
        self.enter("first", "common", ends_other=True, start=True, ms=1_000)

    def front(self) -> tuple[Study, str]:
        """The session that was entered last, whether it lives or not."""
        turn = self.learner.turn
        return self.studies[turn.enrollment_id], turn.session_id

    def plays(self) -> bool:
        """Whether that session plays."""
        study, session = self.front()
        return study.sessions.state_of(session) is SessionState.PLAYING

    @rule(ms=DELAY)
    def time_passes(self, ms: int) -> None:
        self.now += timedelta(milliseconds=ms)
        if self.plays():
            self.played[self.front()[1]] += ms

    @rule(
        study=choice(STUDIES), lesson=choice(LESSONS), ends_other=st.booleans(), start=st.booleans(), ms=DELAY
    )
    def enter(self, study: str, lesson: str, ends_other: bool, start: bool, ms: int) -> None:
        """`ends_other`: the session that had the turn is ended too; else a crash came between."""
        try:
            self.studies[study].check_may_enter(lesson, self.now)
        except DomainError:
            return
        session = f"s{len(self.where) + 1}"
        before, turn = self.learner.take_turn(study, session)
        if ends_other and before and before.enrollment_id != study:
            self.studies[before.enrollment_id].supersede(before.session_id)
        self.studies[study].enter(lesson, turn, self.now)
        self.where[session] = study
        self.time_passes(ms)
        if start:
            self.studies[study].pass_check(passed(self._check(), session, START, study), self.now)

    @rule(moment=choice([START, START, UNFORESEEN]))
    def pass_a_check(self, moment) -> None:
        study, session = self.front()
        study.pass_check(passed(self._check(), session, moment, study.id), self.now)

    @rule(answer=choice(["pass", "fail", "none"]))
    def ask_for_a_check(self, answer: str) -> None:
        study, session = self.front()
        check = self._check()
        live = study.sessions.find_live(session) is not None
        study.request_check(requested(check, session, UNFORESEEN, study.id))
        if answer == "pass":
            study.pass_check(passed(check, session, UNFORESEEN, study.id), self.now)
        if answer == "fail":
            study.fail_check(failed(check, session, UNFORESEEN, study.id))
            assert not live or study.sessions.state_of(session) is SessionState.PAUSED
        if answer == "none":
            assert not live or study.sessions.state_of(session) is SessionState.AWAITING_CHECK

    @rule(wait=DELAY, ms=DELAY, back=st.integers(0, 500), rate=RATE)
    def play(self, wait: int, ms: int, back: int, rate: float) -> None:
        """In order, though not always as long as was waited."""
        self.time_passes(wait)
        self._play_on(self.front()[1], ms, back, rate)

    @rule(data=st.data(), wait=DELAY, ms=DELAY)
    def play_in_any_tab(self, data, wait: int, ms: int) -> None:
        """Tabs that are still open go on as if nothing had happened."""
        self.time_passes(wait)
        self._play_on(data.draw(choice(sorted(self.where))), ms, 0, 1)

    @rule(
        data=st.data(),
        skipped=st.integers(-1, 2),
        start=st.integers(-10, DURATION + 600),
        end=st.integers(-10, DURATION + 600),
        rate=RATE,
    )
    def forge(self, data, skipped: int, start: int, end: int, rate: float) -> None:
        session = data.draw(choice(sorted(self.where)))
        number = self.studies[self.where[session]].sessions.reports_of(session) + 1 + skipped
        self._send(session, Report(number=number, from_ms=start, to_ms=end, rate=rate))

    @rule(study=choice(STUDIES), right=st.booleans())
    def answer_the_quiz(self, study: str, right: bool) -> None:
        self.studies[study].answer_question("common", "q1", right=right, now=self.now)

    @invariant()
    def credit_stays_within_the_wall_clock(self) -> None:
        credited: dict[str, int] = defaultdict(int)
        for event in self._events():
            if isinstance(event, PlaybackCredited):
                credited[event.session_id] += event.to_ms - event.from_ms
        assert all(spent <= self.played[session] for session, spent in credited.items())
        assert sum(lesson.covered_ms for lesson in self._lessons()) <= sum(self.played.values())

    @invariant()
    def covered_spans_are_sorted_and_apart(self) -> None:
        for lesson in self._lessons():
            ends = [edge for span in lesson.covered for edge in (span.from_ms, span.to_ms)]
            assert ends == sorted(set(ends))
            assert all(0 <= edge <= DURATION for edge in ends)

    @invariant()
    def progress_never_goes_down(self) -> None:
        for study in self._studies():
            for lesson in study.lessons:
                assert lesson.covered_ms >= self.covered_before[study.id, lesson.lesson_id]
                self.covered_before[study.id, lesson.lesson_id] = lesson.covered_ms

    @invariant()
    def an_auditor_derives_the_same_from_the_events(self) -> None:
        derived = derive(self._events(), SMALL)
        for study in self._studies():
            for lesson in study.lessons:
                covered = {ms for span in lesson.covered for ms in range(span.from_ms, span.to_ms)}
                assert derived.get((study.id, lesson.lesson_id), set()) == covered

    @invariant()
    def completion_is_recorded_once(self) -> None:
        for study in self._studies():
            completed = [event.lesson_id for event in recorded(study, LessonCompleted)]
            assert sorted(completed) == sorted(
                lesson.lesson_id for lesson in study.lessons if lesson.completed
            )
            assert len(recorded(study, StudyCompleted)) == bool(study.completed_at)

    def _play_on(self, session: str, ms: int, back: int, rate: float) -> None:
        sessions = self.studies[self.where[session]].sessions
        start = max(0, sessions.position_in(session, 0) - back)
        number, end = sessions.reports_of(session) + 1, min(start + ms, DURATION)
        self._send(session, Report(number=number, from_ms=start, to_ms=end, rate=rate))

    def _send(self, session: str, report: Report) -> None:
        study, has_turn = self.studies[self.where[session]], self.learner.has_turn(session)
        events, covered = len(study.events), self._covered(study)
        try:
            study.report(session, report, has_turn=has_turn, now=self.now)
        except DomainError:
            assert (len(study.events), self._covered(study)) == (events, covered)
        assert self._covered(study) == covered or (has_turn and report.rate == 1)

    def _covered(self, study: Study) -> int:
        return sum(lesson.covered_ms for lesson in study.lessons)

    def _check(self) -> str:
        self.checks += 1
        return f"c{self.checks}"

    def _studies(self) -> list[Study]:
        return list(getattr(self, "studies", {}).values())

    def _lessons(self) -> list:
        return [lesson for study in self._studies() for lesson in study.lessons]

    def _events(self) -> list:
        return [event for study in self._studies() for event in study.events]


Playback.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestPlayback = Playback.TestCase
