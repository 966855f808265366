"""Sets of intervals, and a wall clock that spends each of its milliseconds once (R23)."""

from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain.intervals import length, union, without
from services.audit.domain.wallclock import WallClock

spans = st.tuples(st.integers(0, 60), st.integers(0, 60))


@given(st.lists(spans), spans)
def test_intervals_are_sets_of_points(intervals, whole):
    def points(of):
        return {point for start, end in of for point in range(start, end)}

    assert points(union(intervals)) == points(intervals)
    assert length(intervals) == len(points(intervals))
    assert points(without(whole, intervals)) == points([whole]) - points(intervals)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20), st.integers(0, 30)), max_size=8),
    st.lists(spans),
)
def test_no_time_is_spent_twice_nor_while_closed(reports, closed):
    clock, paid = WallClock(), 0
    for earliest, length_, wanted in sorted(reports, key=lambda report: report[0] + report[1]):
        got = clock.pay(earliest, earliest + length_, wanted, closed)
        assert 0 <= got <= min(wanted, length(without((earliest, earliest + length_), closed)))
        paid += got
    everything = [(earliest, earliest + length_) for earliest, length_, _ in reports]
    assert paid <= sum(length(without(span, closed)) for span in union(everything))


def test_empty_intervals_hold_nothing():
    assert union([(3, 3), (5, 4)]) == []


def test_time_is_spent_from_its_beginning_and_once():
    clock = WallClock()
    assert clock.unspent(0, 10) == (0, 10)
    assert clock.pay(0, 10, 4, []) == 4
    assert clock.unspent(0, 10) == (4, 10)
    assert clock.pay(0, 10, 9, [(5, 7)]) == 4  # 4, 7, 8, 9
    assert clock.unspent(0, 12) == (10, 12)
    assert clock.unspent(0, 9) == (10, 10)
    assert clock.pay(0, 12, 0, []) == 0
    assert clock.unspent(0, 12) == (10, 12)
    assert clock.unspent(11, 12) == (11, 12)
