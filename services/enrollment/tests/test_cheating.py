"""From records to a case: bots make one, honest noise never does (R26)."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrollment.domain.cheating import CheatingPolicy, PolicyInvalid, SessionNotes, points_of
from services.enrollment.domain.conduct import Conduct
from services.enrollment.domain.records import record_of
from services.enrollment.tests.builders import NOW, published
from services.enrollment.tests.conduct import batch, failed_check, review
from shared.events.enrollment import CaseOpened

POLICY = CheatingPolicy()
DAY = timedelta(days=1)
CHEATING = ("seek_ahead", "too_fast", "wrong_rate", "impossible")
NOISE = ("out_of_order", "superseded", "ended", "silent", "window_closed", "check_pending")
UNJUDGED = ("missed", "no_face", "several_faces", "too_dark", "too_small")


def conduct_after(events, policy=POLICY):
    """The conduct, after these (days since NOW, event)."""
    first = record_of(published(events[0][1], "s", time=NOW))
    conduct = Conduct.of(first)
    for days, event in events:
        conduct.note(record_of(published(event, "s", time=NOW + days * DAY)), policy)
    return conduct


def opened(conduct):
    return [event for event in conduct.events if isinstance(event, CaseOpened)]


def notes(**counts):
    return SessionNotes(lesson_id="lesson-1", at=NOW, counts=counts, event_ids=[])


# ---- points ----


def test_a_few_refused_reports_a_session_are_forgiven():
    assert points_of(notes(seek_ahead=1, too_fast=1), POLICY) == 0
    assert points_of(notes(seek_ahead=3), POLICY) == 3


def test_no_session_counts_for_more_than_its_share():
    assert points_of(notes(seek_ahead=10_000, spoof=50), POLICY) == POLICY.session_most


def test_a_failed_check_is_not_forgiven_by_the_session():
    assert points_of(notes(mismatch=1), POLICY) == 4


@pytest.mark.parametrize("kind", [*NOISE, *UNJUDGED, "match", "something new"])
def test_what_honest_learners_cannot_avoid_weighs_nothing(kind):
    assert points_of(notes(**{kind: 10_000}), POLICY) == 0


def test_refusals_that_a_batch_leaves_out_are_taken_for_what_most_of_the_listed_ones_are():
    record = record_of(published(batch({"seek_ahead": 15, "out_of_order": 5}, left_out=40), "s"))
    assert record.notes.counts == {"seek_ahead": 55, "out_of_order": 5}


def test_when_no_kind_is_most_of_them_refusals_left_out_count_for_none():
    record = record_of(published(batch({"seek_ahead": 10, "out_of_order": 10}, left_out=40), "s"))
    assert record.notes.counts == {"seek_ahead": 10, "out_of_order": 10}


# ---- the policy ⚙ ----


@pytest.mark.parametrize(
    "figures",
    [
        {"threshold": 80},  # two sessions would do
        {"session_most": 0},
        {"session_most": 50},
        {"report_points": {"silent": 1}},
        {"report_points": {"seek_ahead": 41}},
        {"check_points": {"missed": 1}},
        {"check_points": {"mismatch": -1}},
        {"window_days": 0},
        {"window_days": 181},
        {"least_months": 5},
        {"least_months": 12, "most_months": 11},
        {"appeal_days": 4},
        {"decide_hours": 0},
    ],
)
def test_a_policy_out_of_bounds_is_refused(figures):
    with pytest.raises(PolicyInvalid):
        CheatingPolicy(**figures)


# ---- a case ----


def test_a_case_names_the_sessions_the_figures_and_the_events():
    events = [(day, batch({"seek_ahead": 20}, session=f"s{day}")) for day in range(3)]
    [case] = opened(conduct_after(events))
    assert (case.case_id, case.enrollment_id, case.person_id) == (
        "case-enrollment-1-1",
        "enrollment-1",
        "person-1",
    )
    assert (case.points, case.threshold) == (120, 100)
    assert case.decide_by == NOW + 2 * DAY + timedelta(hours=72)
    assert [(fact.session_id, fact.counts, fact.points) for fact in case.facts] == [
        (f"s{day}", {"seek_ahead": 20}, 40) for day in range(3)
    ]
    assert all(len(fact.event_ids) == 1 for fact in case.facts)


def test_two_sessions_are_not_enough_whatever_was_done_in_them():
    events = [(0, batch({"seek_ahead": 20}, session=f"s{n % 2}", left_out=900)) for n in range(10)]
    assert opened(conduct_after(events)) == []


def test_what_is_older_than_the_window_counts_no_more():
    days = (0, 1, 31.5)
    events = [(day, batch({"seek_ahead": 20}, session=f"s{day}")) for day in days]
    assert opened(conduct_after(events)) == []


def test_while_a_case_is_open_no_other_is_opened():
    events = [(day, batch({"seek_ahead": 20}, session=f"s{day}")) for day in range(12)]
    assert len(opened(conduct_after(events))) == 1


def test_what_a_person_has_looked_at_makes_no_second_case_but_what_comes_later_does():
    conduct = conduct_after([(day, batch({"seek_ahead": 20}, session=f"s{day}")) for day in range(3)])
    conduct.settle("case-enrollment-1-1", NOW + 3 * DAY)
    late = record_of(published(batch({"seek_ahead": 20}, session="late"), "s", time=NOW + 2.5 * DAY))
    conduct.note(late, POLICY)
    assert conduct.sessions == {}
    for day in range(4, 7):
        again = batch({"seek_ahead": 20}, session=f"s{day}")
        conduct.note(record_of(published(again, "s", time=NOW + day * DAY)), POLICY)
    assert [case.case_id for case in opened(conduct)] == ["case-enrollment-1-1", "case-enrollment-1-2"]


def test_the_decision_of_another_case_settles_nothing():
    conduct = conduct_after([(day, batch({"seek_ahead": 20}, session=f"s{day}")) for day in range(3)])
    conduct.settle("case-enrollment-1-7", NOW + 3 * DAY)
    assert conduct.case_id == "case-enrollment-1-1"


@given(st.integers(0, 2**32))
def test_a_case_is_the_same_in_whatever_order_its_records_come(seed):
    events = [(day, batch({"too_fast": 7}, session=f"s{day // 2}")) for day in range(6)]
    shuffled = list(events)
    random.Random(seed).shuffle(shuffled)
    sums = [sum(case.points for case in opened(conduct_after(order))) for order in (events, shuffled)]
    assert bool(sums[0]) == bool(sums[1])


# ---- honest people ----


def an_honest_session(chance, number, day):
    """On a train: reloads, a second tab, gaps, checks that were missed, and up to two slips of the hand."""
    noise = {kind: chance.randrange(60) for kind in chance.sample(NOISE, chance.randrange(4))}
    slips = chance.choices(CHEATING, k=chance.randrange(3))
    counts = noise | {kind: slips.count(kind) for kind in slips}
    left_out = chance.randrange(300) if sum(counts.values()) >= 20 else 0
    yield day, batch(counts, session=f"s{number}", left_out=left_out)
    for reason in chance.choices(UNJUDGED, k=chance.randrange(4)):
        yield day, failed_check(reason, session=f"s{number}")


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 170), st.integers(0, 2**32))
def test_honest_noise_never_makes_a_case(sessions, seed):
    """A whole course in a month; eight of its 340 checks wrongly took the learner for somebody else."""
    chance = random.Random(seed)
    events = [record for n in range(sessions) for record in an_honest_session(chance, n, n * 30 / sessions)]
    wrong = ["mismatch"] * 8 + ["left"] * 15 + ["not_live"] * 5
    events += [(n, failed_check(reason, session=f"s{n}")) for n, reason in enumerate(wrong)]
    assert opened(conduct_after([*events, (29, review(session="s0"))])) == []


# ---- bots ----


@settings(deadline=None)
@given(
    st.integers(3, 40),
    st.lists(st.sampled_from(CHEATING), min_size=18, max_size=60),
    st.dictionaries(st.sampled_from(NOISE), st.integers(0, 100)),
)
def test_whoever_tries_to_cheat_in_session_after_session_makes_a_case(sessions, tries, noise):
    counts = noise | {kind: tries.count(kind) for kind in tries}
    events = [(number / 2, batch(counts, session=f"s{number}")) for number in range(sessions)]
    assert len(opened(conduct_after(events))) == 1


@pytest.mark.parametrize(
    "events",
    [
        [(n / 4, batch({"seek_ahead": 4}, session=f"s{n}")) for n in range(17)],  # four end in silence
        [(n / 10, failed_check("mismatch", session=f"s{n}")) for n in range(25)],  # somebody else learns
        [(n / 10, failed_check("spoof", session=f"s{n}")) for n in range(7)],  # a picture of a picture
        [(n / 200, failed_check("left", session=f"s{n}")) for n in range(200)],  # re-entering to drop checks
    ],
    ids=["ended by silence", "another face", "picture", "dropped checks"],
)
def test_known_patterns_make_a_case(events):
    assert len(opened(conduct_after(events))) == 1
