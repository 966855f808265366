"""Where the rules of learning draw their lines, and what a refusal names (R5, R9, R16, R22–R25)."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from services.learning.domain import CourseStatus, Learner, LessonState, RefusalReason, SessionState, Turn
from services.learning.domain.coverage import Span, union
from services.learning.domain.errors import (
    CheckPending,
    OptionUnknown,
    QuestionInvalid,
    ReportImpossible,
    SessionOver,
    StudyExpired,
)
from services.learning.domain.hours import hours_of, needed_ms, offers_enough
from services.learning.domain.play_session import PlaySession
from services.learning.domain.progress import LessonProgress
from services.learning.domain.sessions import Ending, PastSession, Sessions
from services.learning.domain.wall_clock import WallClock
from services.learning.tests.builders import (
    NOON,
    POLICY,
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_question,
    a_study,
    at,
    entered,
    failed,
    passed,
    playing,
    recorded,
    report,
    requested,
)
from shared.domain.errors import NotFound
from shared.events.learning import StudyCompleted
from shared.events.terms import LessonKind, StudyPolicy

COMPULSORY, ELECTIVE = LessonKind.COMPULSORY, LessonKind.ELECTIVE
ELECTIVES = replace(POLICY, compulsory_hours=0)


# ---- courses and quizzes (R22, R24) ----


def test_the_right_option_is_the_answer_and_the_others_are_not():
    assert [a_question().is_right(option) for option in (0, 1, 2)] == [False, True, False]


def test_a_refused_option_names_the_last_one():
    with pytest.raises(OptionUnknown) as refused:
        a_question().is_right(3)
    assert refused.value.details == {"most": 2}


@pytest.mark.parametrize("answer", [0, 1])
def test_a_question_of_two_options_may_have_either_as_its_answer(answer):
    course = a_course(a_lesson(quiz=[a_question(options=["对", "错"], answer=answer)]))
    assert course.status is CourseStatus.PUBLISHED


def test_a_refused_question_is_named_by_its_number_from_one():
    wrong = a_question("q2", options=["1", "2"], answer=2)
    with pytest.raises(QuestionInvalid) as refused:
        a_course(a_lesson(quiz=[a_question(), wrong]))
    assert refused.value.details == {"question": 2, "options": 2}


def test_what_a_course_lacks_is_named():
    course = a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")]))
    assert course.lesson("common").question("q2").id == "q2"
    for ask, what in ((course.lesson, "Lesson"), (course.lesson("common").question, "Question")):
        with pytest.raises(NotFound) as refused:
            ask("nowhere")
        assert refused.value.details == {"what": what}


def test_what_a_study_lacks_is_named():
    study = playing(a_study(a_course(a_lesson(quiz=[a_question()]))))
    for ask, what in (
        (lambda: study.lesson("nowhere"), "Lesson"),
        (lambda: study.answer_question("common", "q9", right=True, now=at(0)), "Question"),
        (lambda: study.report("s9", report(1, 0, 3), has_turn=True, now=at(3)), "Session"),
    ):
        with pytest.raises(NotFound) as refused:
            ask()
        assert refused.value.details == {"what": what}


def test_a_lesson_is_in_progress_once_it_was_entered_or_answered():
    study = a_study(a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")]), a_lesson("law")))
    assert study.lesson("common").state is LessonState.NOT_STARTED
    study.answer_question("common", "q1", right=True, now=at(0))
    assert study.lesson("common").state is LessonState.IN_PROGRESS
    assert entered(study, "law").lesson("law").state is LessonState.IN_PROGRESS


def test_a_question_answered_rightly_twice_counts_once():
    study = a_study(a_course(a_lesson(quiz=[a_question("q1"), a_question("q2")])))
    for _ in range(2):
        assert not study.answer_question("common", "q1", right=True, now=at(0))
    assert study.lesson("common").right_ids == ["q1"]


def test_a_check_of_one_moment_says_nothing_about_the_other():
    lesson = playing().lesson("common")
    assert (lesson.passed(START), lesson.passed(UNFORESEEN)) == (True, False)


def ready_but_for_the_quiz(study, lesson, session, at_s):
    playing(study, lesson, session, at_s)
    study.pass_check(passed(f"{session}-later", session, UNFORESEEN), at(at_s))
    study.report(session, report(1, 0, 15), has_turn=True, now=at(at_s + 15))
    return study


def test_an_answer_completes_a_lesson_whose_session_has_ended():
    study = a_study(a_course(a_lesson(quiz=[a_question()])), policy=replace(POLICY, elective_hours=0))
    ready_but_for_the_quiz(study, "common", "s1", 0)
    study.fail_check(failed("c9"))
    study.answer_question("common", "q1", right=True, now=at(40))
    assert study.lesson("common").state is LessonState.COMPLETED
    assert study.completed_at == at(40)
    assert study.sessions.past["s1"].ending is Ending.PAUSED


def test_a_report_that_completes_the_study_ends_its_session():
    study = a_study(a_course(a_lesson()), policy=replace(POLICY, elective_hours=0))
    ready_but_for_the_quiz(study, "common", "s1", 0)
    assert (study.completed_at, study.sessions.live) == (at(15), None)
    assert study.sessions.past["s1"] == PastSession(lesson_id="common", ending=Ending.COMPLETED, reports=1)


def test_completing_one_lesson_leaves_the_session_of_another():
    study = a_study(a_course(a_lesson(quiz=[a_question()]), a_lesson("law")))
    ready_but_for_the_quiz(study, "common", "s1", 0)
    entered(study, "law", "s2", turn=2, at_s=20)
    study.answer_question("common", "q1", right=True, now=at(30))
    assert study.sessions.live.id == "s2"


def test_a_lesson_that_completes_after_the_study_does_not_complete_it_again():
    extra = a_lesson("extra", kind=ELECTIVE, quiz=[a_question()])
    study = a_study(a_course(a_lesson("special", kind=ELECTIVE), extra), policy=ELECTIVES)
    ready_but_for_the_quiz(study, "extra", "s1", 0)
    ready_but_for_the_quiz(study, "special", "s2", 100)
    assert study.completed_at == at(115)
    study.answer_question("extra", "q1", right=True, now=at(200))
    assert study.lesson("extra").state is LessonState.COMPLETED
    assert study.completed_at == at(115)
    assert len(recorded(study, StudyCompleted)) == 1


# ---- hours (R7, R22) ----


def a_progress(kind=COMPULSORY, covered_ms=0, completed=False, id="common", duration_ms=15_000):
    lesson = LessonProgress.of(a_lesson(id, kind=kind, duration_ms=duration_ms))
    lesson.covered, lesson.completed = [Span(from_ms=0, to_ms=covered_ms)], completed
    return lesson


def test_the_hours_needed_are_the_plans_hours_of_45_minutes():
    assert needed_ms(COMPULSORY, StudyPolicy()) == needed_ms(ELECTIVE, StudyPolicy()) == 40 * 45 * 60_000
    policy = StudyPolicy(hour_seconds=10, compulsory_hours=2, elective_hours=3)
    assert (needed_ms(COMPULSORY, policy), needed_ms(ELECTIVE, policy)) == (20_000, 30_000)


def test_each_kind_is_measured_by_its_own_hours():
    policy = StudyPolicy(hour_seconds=10, compulsory_hours=2, elective_hours=1)
    lessons = [a_progress(duration_ms=17_000), a_progress(ELECTIVE, id="special", duration_ms=17_000)]
    assert [hours_of(kind, lessons, policy).needed_ms for kind in LessonKind] == [20_000, 10_000]
    assert [offers_enough(kind, lessons, policy) for kind in LessonKind] == [False, True]


def test_a_kind_of_which_no_hours_are_asked_is_done_from_the_start():
    policy = StudyPolicy(hour_seconds=15, compulsory_hours=0, elective_hours=1)
    assert hours_of(COMPULSORY, [a_progress()], policy).done
    assert not hours_of(ELECTIVE, [a_progress(ELECTIVE)], policy).done


@pytest.mark.parametrize(("missing_ms", "done"), [(2_000, True), (2_001, False)])
def test_each_completed_lesson_may_lack_its_slack(missing_ms, done):
    lesson = a_progress(ELECTIVE, 15_000 - missing_ms, completed=True)
    hours = hours_of(ELECTIVE, [lesson], POLICY)
    assert (hours.done, hours.remaining_ms) == (done, 0 if done else missing_ms)


def test_more_than_is_needed_leaves_nothing_to_learn_but_a_lesson_to_complete():
    lesson = a_progress(COMPULSORY, 20_000, duration_ms=30_000)
    hours = hours_of(COMPULSORY, [lesson], POLICY)
    assert (hours.kind, hours.needed_ms, hours.earned_ms) == (COMPULSORY, 15_000, 20_000)
    assert (hours.done, hours.remaining_ms) == (False, 0)


@pytest.mark.parametrize(
    ("lessons", "enough"),
    [
        ([a_progress(duration_ms=13_000)], True),  # with its slack it fills the hour
        ([a_progress(duration_ms=12_999)], False),
        ([a_progress(duration_ms=6_000), a_progress(id="law", duration_ms=5_000)], True),
        ([a_progress(ELECTIVE, duration_ms=60_000), a_progress(duration_ms=12_999)], False),
        ([], False),
    ],
)
def test_a_course_offers_enough_when_all_its_lessons_would_earn_the_hours(lessons, enough):
    assert offers_enough(COMPULSORY, lessons, POLICY) is enough


# ---- learners (R5, R16, R23) ----


def test_who_is_verified_may_learn_from_then_on():
    learner = Learner(id="person")
    learner.verify()
    learner.check_may_learn("study")
    assert learner.verified is True


def test_a_withdrawal_that_comes_twice_is_kept_once():
    learner = Learner(id="person", verified=True)
    for _ in range(2):
        learner.withdraw("study")
    assert learner.withdrawn == ["study"]


def test_the_first_turn_is_number_one_and_replaces_none():
    learner = Learner(id="person", verified=True)
    assert not learner.has_turn("s1")
    first = Turn(number=1, enrollment_id="study", session_id="s1")
    assert learner.take_turn("study", "s1") == (None, first)
    assert learner.turn == first


# ---- sessions (R18, R23) ----


def a_session(id="s1", turn=1, lesson="common"):
    return PlaySession(id=id, lesson_id=lesson, turn=turn, clock=WallClock(anchored_at=NOON), position_ms=0)


def test_a_session_of_the_same_turn_may_begin_again():
    sessions = Sessions()
    sessions.begin(a_session("s1", turn=2))
    sessions.begin(a_session("s2", turn=2))
    assert sessions.live.id == "s2"
    assert sessions.past == {"s1": PastSession(lesson_id="common", ending=Ending.SUPERSEDED, reports=0)}


def test_ending_nothing_changes_nothing():
    sessions = Sessions()
    sessions.end(Ending.PAUSED)
    assert sessions == Sessions()


def test_what_is_kept_of_a_session_that_has_ended():
    study = playing()
    study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    assert (study.sessions.reports_of("s1"), study.sessions.position_in("s1", 7)) == (1, 3_000)
    study.fail_check(failed("c2", moment=UNFORESEEN))
    assert study.sessions.past == {"s1": PastSession(lesson_id="common", ending=Ending.PAUSED, reports=1)}
    assert (study.sessions.reports_of("s1"), study.sessions.position_in("s1", 7)) == (1, 7)
    assert study.sessions.lesson_of("s1") == "common"


def test_a_session_that_was_paused_records_no_later_report():
    study = playing()
    study.fail_check(failed("c2", moment=UNFORESEEN))
    with pytest.raises(SessionOver):
        study.sessions.refuse_once("s1")
    assert not study.sessions.past["s1"].late_report_recorded


def test_only_the_live_session_plays():
    study = playing()
    assert study.sessions.playing("s1").id == "s1"
    with pytest.raises(SessionOver):
        study.sessions.playing("s0")


def test_a_check_that_was_asked_for_twice_is_passed_once():
    session = a_session()
    session.started = True
    for _ in range(2):
        session.request_check("c2")
    assert session.pending == ["c2"]
    session.pass_check("c2", UNFORESEEN, NOON)
    assert (session.pending, session.answered, session.state) == ([], ["c2"], SessionState.PLAYING)


def test_passing_one_check_leaves_the_others_open():
    session = a_session()
    session.request_check("c1")
    session.request_check("c2")
    session.pass_check("c1", START, NOON)
    assert (session.pending, session.state) == (["c2"], SessionState.AWAITING_CHECK)
    with pytest.raises(CheckPending):
        session.check_playing()


def test_an_unforeseen_check_does_not_replace_the_start_check():
    session = a_session()
    session.pass_check("c2", UNFORESEEN, NOON)
    assert session.state is SessionState.AWAITING_CHECK


def test_a_check_that_is_passed_again_changes_nothing():
    study = playing()
    study.request_check(requested("c2"))
    study.pass_check(passed("c2", moment=UNFORESEEN), at(5))
    study.pass_check(passed("c2", moment=UNFORESEEN), at(9))
    assert study.sessions.live.clock.anchored_at == at(5)
    assert [check.check_id for check in study.lesson("common").checks] == ["s1-start", "c2"]


def test_a_failure_after_the_pass_of_the_same_check_changes_nothing():
    study = playing()
    study.fail_check(failed("s1-start"))
    assert study.sessions.state_of("s1") is SessionState.PLAYING


def test_superseding_ends_that_session_and_no_other():
    study = playing()
    study.supersede("s0")
    assert study.sessions.state_of("s1") is SessionState.PLAYING
    study.supersede("s1")
    assert study.sessions.past["s1"].ending is Ending.SUPERSEDED


# ---- the wall clock (R23) ----


def test_the_budget_is_what_passed_and_what_was_left():
    clock = WallClock(anchored_at=at(0), carry_ms=500)
    assert clock.budget_ms(at(2)) == 2_500
    clock.spend(1_000, at(2), 2_000)
    assert (clock.anchored_at, clock.carry_ms) == (at(2), 1_500)
    clock.spend(0, at(4), 2_000)
    assert clock.carry_ms == 2_000
    clock.restart(at(5))
    assert (clock.anchored_at, clock.carry_ms) == (at(5), 0)


def test_a_budget_counts_whole_milliseconds():
    clock = WallClock(anchored_at=NOON)
    assert clock.budget_ms(NOON + timedelta(microseconds=1_999)) == 1


def test_a_clock_that_is_set_back_restarts_where_it_was():
    clock = WallClock(anchored_at=at(10), carry_ms=700)
    assert (clock.not_before(at(5)), clock.budget_ms(at(5))) == (at(10), 700)
    clock.spend(200, at(5), 2_000)
    assert (clock.anchored_at, clock.carry_ms) == (at(10), 500)
    clock.restart(at(5))
    assert (clock.anchored_at, clock.carry_ms) == (at(10), 0)


# ---- reports (R23) ----


@pytest.mark.parametrize(
    ("start", "end", "cut"),
    [(0, 0, (0, 0)), (0, 15, (0, 15_000)), (15.5, 15.5, (15_000, 15_000)), (14, 15.5, (14_000, 15_000))],
)
def test_a_report_is_cut_to_the_video(start, end, cut):
    inside = report(4, start, end, rate=0.5).within(15_000)
    assert (inside.from_ms, inside.to_ms) == cut
    assert (inside.number, inside.rate) == (4, 0.5)


@pytest.mark.parametrize(("start", "end"), [(-0.001, 3), (3, 2.999), (0, 15.501)])
def test_an_impossible_report_names_the_length_of_the_video(start, end):
    with pytest.raises(ReportImpossible) as refused:
        report(1, start, end).within(15_000)
    assert refused.value.details == {"duration_ms": 15_000}


def refusal_of(sent, session):
    """Why the session would refuse the report after 3 s, or None; the session stays as it is."""
    return deepcopy(session).take(sent, at(3), 2_000).refusal


def test_a_report_may_spend_the_whole_budget_and_begin_where_the_last_one_ended():
    session = a_session()
    session.position_ms = 3_000
    assert refusal_of(report(1, 3, 6), session) is None
    assert refusal_of(report(1, 3.001, 6), session) is RefusalReason.SEEK_AHEAD
    assert refusal_of(report(1, 3, 6.001), session) is RefusalReason.TOO_FAST
    assert refusal_of(report(1, 3, 6, rate=1.25), session) is RefusalReason.WRONG_RATE


def test_a_closed_window_is_named():
    study = playing(a_study(closes_at=at(10)))
    with pytest.raises(StudyExpired) as refused:
        study.report("s1", report(1, 0, 3), has_turn=True, now=at(10))
    assert refused.value.details == {"closed_at": at(10)}


def test_a_repeat_in_another_session_is_no_repeat():
    study = playing()
    study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    playing(study, session="s2", at_s=10)
    assert study.report("s2", report(1, 0, 3), has_turn=True, now=at(13)).credited_ms == 0
    assert study.sessions.reports_of("s2") == 1


def test_the_outcome_of_a_report_says_what_it_earned_and_what_the_session_does():
    study = playing()
    outcome = study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    assert (outcome.credited_ms, outcome.covered_ms) == (3_000, 3_000)
    assert (outcome.state, outcome.refusal) == (SessionState.PLAYING, None)
    refused = study.report("s1", report(2, 9, 12), has_turn=True, now=at(6))
    assert (refused.credited_ms, refused.covered_ms) == (0, 3_000)
    assert (refused.state, refused.refusal) == (SessionState.PLAYING, RefusalReason.SEEK_AHEAD)


def test_the_outcome_of_a_superseded_report_says_what_was_earned_before():
    study = playing()
    study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    outcome = study.report("s1", report(2, 3, 6), has_turn=False, now=at(6))
    assert (outcome.credited_ms, outcome.covered_ms) == (0, 3_000)


def test_a_union_keeps_the_longer_of_two_that_begin_together():
    spans = [Span(from_ms=0, to_ms=9), Span(from_ms=20, to_ms=30)]
    assert union(spans, Span(from_ms=2, to_ms=5)) == spans
    assert union(spans, Span(from_ms=10, to_ms=11)) == [spans[0], Span(from_ms=10, to_ms=11), spans[1]]


def test_an_empty_span_takes_nothing_away_from_what_follows():
    spans = [Span(from_ms=0, to_ms=3), Span(from_ms=5, to_ms=8)]
    assert union(spans, Span(from_ms=4, to_ms=4)) == spans
