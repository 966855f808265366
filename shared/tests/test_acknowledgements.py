"""Acknowledgements by the batch, against a broker's rules, and messages in lanes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.acknowledgements import Acknowledgements
from shared.messaging.subject_queues import SubjectQueues


class Broker:
    """A channel's unacknowledged deliveries; a tag that is not among them closes the channel."""

    def __init__(self, count):
        self.unacked, self.acks = set(range(1, count + 1)), 0

    def basic_ack(self, tag, multiple=False):
        assert tag in self.unacked, f"PRECONDITION_FAILED - unknown delivery tag {tag}"
        self.acks += 1
        self.unacked -= {it for it in self.unacked if it <= tag} if multiple else {tag}

    def settle(self, tag):
        assert tag in self.unacked
        self.unacked.remove(tag)


FATES = st.sampled_from(["ok", "ok", "ok", "no"])
STEPS = st.permutations(range(1, 31)).flatmap(
    lambda tags: st.tuples(
        *(st.tuples(st.just(it), st.sampled_from(["ok", "ok", "ok", "no"])) for it in tags)
    )
)


@given(STEPS, st.integers(1, 12))
def test_in_any_order_exactly_what_is_handled_is_acknowledged(steps, most):
    broker, open_ = Broker(30), set(range(1, 31))
    acks = Acknowledgements(broker, most)
    for tag, outcome in steps:
        if outcome == "no":
            broker.settle(tag)
            acks.settled(tag)
        else:
            acks.handled(tag)
        open_.remove(tag)
        assert open_ <= broker.unacked, "acknowledged before it was handled"
    acks.flush()
    assert broker.unacked == set()


def test_one_acknowledgement_serves_an_unbroken_run():
    broker = Broker(10)
    acks = Acknowledgements(broker, max_waiting=10)
    for tag in range(1, 11):
        acks.handled(tag)
    assert (broker.acks, broker.unacked) == (1, set())


def test_what_stands_behind_a_slow_one_is_acknowledged_as_well():
    broker = Broker(4)
    acks = Acknowledgements(broker, max_waiting=3)
    for tag in (2, 3, 4):
        acks.handled(tag)
    assert broker.unacked == {1}


def test_an_acknowledgement_is_not_overtaken_by_a_later_one():
    """Sending may let another thread run, which handles more."""
    broker = Broker(3)
    acks = Acknowledgements(broker, max_waiting=1)
    send = broker.basic_ack

    def interrupted(tag, multiple=False):
        if tag < 3:
            acks.handled(tag + 1)
        send(tag, multiple)

    broker.basic_ack = interrupted
    acks.handled(1)
    assert broker.unacked == set()


def test_a_closed_channel_is_told():
    with pytest.raises(AssertionError, match="unknown delivery tag"):
        Acknowledgements(Broker(0), max_waiting=1).handled(1)


def test_of_one_subject_one_after_the_other_of_several_side_by_side():
    lanes = SubjectQueues()
    for subject, job in (("a", 1), ("a", 2), ("b", 3)):
        lanes.put(subject, job)
    assert (lanes.take(), lanes.take()) == (("a", 1), ("b", 3))
    assert lanes._ready.empty()
    lanes.done("a")
    assert lanes.take() == ("a", 2)
    lanes.done("a")
    lanes.done("b")
    assert lanes.idle
