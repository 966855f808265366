"""Face checks, and tabs side by side (R17, R18, R23)."""

from copy import deepcopy

import pytest

from services.learning.domain import RefusalReason, SessionState
from services.learning.domain.errors import (
    CheckPending,
    SessionOver,
)
from services.learning.tests.builders import (
    START,
    UNFORESEEN,
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
from shared.events.learning import (
    LessonEntered,
    LessonPaused,
    PlaybackCredited,
    PlaybackRefused,
)

# ---- face checks ----


def test_a_session_awaits_its_start_check():
    study = entered(a_study())
    with pytest.raises(CheckPending):
        study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    assert study.sessions.state_of("s1") is SessionState.AWAITING_CHECK


def test_time_before_the_check_is_passed_earns_nothing():
    study = entered(a_study())
    study.pass_check(passed("c1"), at(30))
    answer = study.report("s1", report(1, 0, 3), has_turn=True, now=at(31))
    assert answer.refusal is RefusalReason.TOO_FAST


def test_nothing_is_credited_between_request_and_pass():
    study = playing()
    study.request_check(requested("c2"))
    with pytest.raises(CheckPending):
        study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    study.pass_check(passed("c2", moment=UNFORESEEN), at(20))
    assert study.report("s1", report(1, 0, 3), has_turn=True, now=at(22)).refusal is RefusalReason.TOO_FAST
    assert study.report("s1", report(2, 0, 2), has_turn=True, now=at(24)).credited_ms == 2000


def test_a_request_that_comes_after_its_pass_changes_nothing():
    study = playing()
    study.request_check(requested("s1-start", moment=START))
    assert study.sessions.state_of("s1") is SessionState.PLAYING


def test_a_failed_check_pauses_the_lesson_and_takes_nothing_back():
    study = playing()
    study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    study.request_check(requested("c2"))
    study.fail_check(failed("c2", moment=UNFORESEEN))
    assert [event.check_id for event in recorded(study, LessonPaused)] == ["c2"]
    assert study.sessions.state_of("s1") is SessionState.PAUSED
    assert study.lesson("common").covered_ms == 3000


def test_a_paused_session_takes_no_report():
    study = playing()
    study.fail_check(failed("c2", moment=UNFORESEEN))
    with pytest.raises(SessionOver):
        study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))


def test_re_entering_needs_a_check_of_its_own_and_resumes_where_it_was():
    study = playing()
    study.report("s1", report(1, 0, 3), has_turn=True, now=at(3))
    study.fail_check(failed("c2"))
    entered(study, session="s2", turn=2, at_s=10)
    assert study.sessions.state_of("s2") is SessionState.AWAITING_CHECK
    assert study.lesson("common").position_ms == 3000
    assert recorded(study, LessonEntered)[-1].covered_ms == 3000


@pytest.mark.parametrize("happen", [
    lambda study: study.request_check(requested("c9")),
    lambda study: study.pass_check(passed("c9"), at(9)),
    lambda study: study.fail_check(failed("c9")),
    lambda study: study.supersede("s1"),
])  # fmt: skip
def test_what_happens_to_an_ended_session_changes_nothing(happen):
    study = entered(playing(), session="s2", turn=2)
    before, events = deepcopy(study), len(study.events)
    happen(study)
    assert (study, len(study.events)) == (before, events)


def test_a_check_passed_after_the_window_changes_nothing():
    study = entered(a_study(closes_at=at(10)))
    study.pass_check(passed("c1"), at(10))
    assert study.lesson("common").checks == []


# ---- parallel play ----


def test_the_first_report_of_a_superseded_session_is_recorded_and_earns_nothing():
    study = playing()
    answer = study.report("s1", report(1, 0, 3), has_turn=False, now=at(3))
    assert (answer.credited_ms, answer.state, answer.refusal) == (
        0,
        SessionState.ENDED,
        RefusalReason.SUPERSEDED,
    )
    assert [event.reason for event in recorded(study, PlaybackRefused)] == ["superseded"]
    assert recorded(study, PlaybackCredited) == []


def test_later_reports_of_a_superseded_session_are_too_late():
    study = playing()
    study.report("s1", report(1, 0, 3), has_turn=False, now=at(3))
    with pytest.raises(SessionOver):
        study.report("s1", report(2, 3, 6), has_turn=False, now=at(6))
