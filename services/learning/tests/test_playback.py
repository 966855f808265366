"""When a position report earns credit (R23)."""

import pytest

from services.learning.domain import RefusalReason
from services.learning.domain.coverage import Span, measure_ms, union
from services.learning.domain.errors import ReportImpossible, ReportOutOfOrder
from services.learning.tests.builders import at, playing, recorded, report
from shared.domain.errors import NotFound
from shared.events.learning import PlaybackCredited, PlaybackRefused


def send(study, number, start_s, end_s, now_s, rate=1.0):
    return study.report("s1", report(number, start_s, end_s, rate), has_turn=True, now=at(now_s))


def test_what_was_played_in_that_time_is_credited():
    study = playing()
    answer = send(study, 1, 0, 3, 3)
    assert (answer.credited_ms, answer.covered_ms, answer.refusal) == (3000, 3000, None)


def test_the_event_says_what_an_auditor_needs():
    study = playing()
    send(study, 1, 0, 2, 3)
    send(study, 2, 2, 6, 6)
    first, second = recorded(study, PlaybackCredited)
    assert (first.anchored_at, first.received_at, first.budget_ms) == (at(0), at(3), 3000)
    assert (second.anchored_at, second.received_at, second.budget_ms) == (at(3), at(6), 4000)
    assert second.covered_ms == 6000


def test_one_millisecond_more_than_passed_is_refused():
    study = playing()
    assert send(study, 1, 0, 3.001, 3).refusal is RefusalReason.TOO_FAST
    assert study.lesson("common").covered_ms == 0


def test_unused_time_is_carried_but_at_most_two_seconds_of_it():
    study = playing()
    send(study, 1, 0, 1, 10)
    assert send(study, 2, 1, 4.001, 11).refusal is RefusalReason.TOO_FAST
    study = playing()
    send(study, 1, 0, 1, 10)
    assert send(study, 2, 1, 4, 11).credited_ms == 3000


def test_double_speed_earns_nothing_even_when_it_is_admitted():
    study = playing()
    assert send(study, 1, 0, 6, 3).refusal is RefusalReason.TOO_FAST
    assert send(study, 2, 6, 9, 6, rate=2.0).refusal is RefusalReason.WRONG_RATE
    assert study.lesson("common").covered_ms == 0


def test_seeking_ahead_earns_nothing_but_play_goes_on_from_there():
    study = playing()
    assert send(study, 1, 6, 9, 3).refusal is RefusalReason.SEEK_AHEAD
    assert send(study, 2, 9, 12, 6).credited_ms == 3000
    assert study.lesson("common").covered == [Span(from_ms=9000, to_ms=12_000)]


def test_a_new_session_resumes_after_the_last_credited_report():
    study = playing()
    send(study, 1, 0, 3, 3)
    send(study, 2, 12, 14, 6)
    assert study.sessions.position_in("s1", 0) == 14_000
    playing(study, session="s2", at_s=10)
    assert study.sessions.position_in("s2", 0) == 3000


def test_a_refusal_takes_the_carried_time_with_it():
    study = playing()
    send(study, 1, 0, 1, 3)  # 2 s carried
    assert send(study, 2, 5, 6, 4).refusal is RefusalReason.SEEK_AHEAD
    assert send(study, 3, 1, 2.5, 5).refusal is RefusalReason.TOO_FAST


def test_refusals_are_recorded_with_their_reason():
    study = playing()
    send(study, 1, 0, 3, 3, rate=0.5)
    (event,) = recorded(study, PlaybackRefused)
    assert (event.report, event.reason, event.from_ms, event.to_ms) == (1, "wrong_rate", 0, 3000)


def test_watching_again_is_fine_and_earns_nothing_new():
    study = playing()
    send(study, 1, 0, 3, 3)
    answer = send(study, 2, 1, 4, 6)
    assert (answer.credited_ms, answer.covered_ms, answer.refusal) == (1000, 4000, None)


def test_an_exact_repeat_is_answered_the_same_and_changes_nothing():
    study = playing()
    answer = send(study, 1, 0, 3, 3)
    events, position = len(study.events), study.sessions.live.position_ms
    assert send(study, 1, 0, 3, 60) == answer
    assert (len(study.events), study.sessions.live.position_ms) == (events, position)
    assert send(study, 2, 3, 6, 6).credited_ms == 3000


@pytest.mark.parametrize(("number", "end"), [(1, 4), (3, 6), (7, 6)])
def test_a_report_out_of_order_names_the_expected_one_and_changes_nothing(number, end):
    study = playing()
    send(study, 1, 0, 3, 3)
    with pytest.raises(ReportOutOfOrder) as refused:
        send(study, number, 3, end, 6)
    assert refused.value.details == {"expected": 2, "received": number}
    assert send(study, 2, 3, 6, 6).credited_ms == 3000


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 2), (0, 15.501), (16, 16)])
def test_positions_outside_the_video_are_refused(start, end):
    study = playing()
    with pytest.raises(ReportImpossible):
        send(study, 1, start, end, 30)
    assert send(study, 1, 0, 3, 30).credited_ms == 3000


def test_a_player_that_rounds_the_end_up_is_cut_to_the_video():
    study = playing()
    assert send(study, 1, 0, 15.5, 30).covered_ms == 15_000


def test_a_session_of_nobody_is_not_found():
    with pytest.raises(NotFound):
        playing().report("nobody", report(1, 0, 3), has_turn=True, now=at(3))


def test_a_clock_that_steps_back_stands_still():
    study = playing()
    send(study, 1, 0, 3, 10)
    assert send(study, 2, 3, 6, 5).refusal is RefusalReason.TOO_FAST
    assert send(study, 3, 6, 7, 11).credited_ms == 1000


def test_a_union_merges_what_overlaps_or_touches():
    spans = union([Span(from_ms=0, to_ms=3), Span(from_ms=5, to_ms=8)], Span(from_ms=3, to_ms=5))
    assert spans == [Span(from_ms=0, to_ms=8)]
    assert measure_ms(spans) == 8


def test_an_empty_span_adds_nothing():
    assert union([], Span(from_ms=4, to_ms=4)) == []
