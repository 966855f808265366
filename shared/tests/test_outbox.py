"""What may be sent when, and what a consumer answers: decisions without any broker."""

from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import Undecodable
from shared.messaging import topology
from shared.messaging.disposition import Outcome, dispose, disposition_of
from shared.messaging.outbox import PublishBatch


def outbox(lane, events):
    return [{"id": f"{lane}-{number}"} for number in range(events)]


@given(sizes=st.lists(st.integers(0, 6), max_size=6), chance=st.randoms(use_true_random=False))
def test_nothing_overtakes_within_an_aggregate_whatever_the_broker_answers(sizes, chance):
    round = PublishBatch(outbox(lane, size) for lane, size in enumerate(sizes))
    flying, taken = {}, {lane: [] for lane in range(len(sizes))}
    while (due := round.next()) or flying:
        if due:
            lane, entry = due
            assert lane not in flying
            assert entry["id"] == f"{lane}-{len(taken[lane])}"
            flying[lane] = entry["id"]
        if flying and chance.random() < 0.5:
            lane = chance.choice(sorted(flying))
            id = flying.pop(lane)
            if chance.random() < 0.2:
                round.refuse(lane)
            else:
                taken[lane].append(id)
                round.confirm(lane)
    for lane, ids in taken.items():
        assert round.confirmed(lane) == ids
        assert lane in round.refused or len(ids) == sizes[lane]


def test_a_refused_event_stops_its_aggregate_and_no_other():
    round = PublishBatch([outbox(0, 2), outbox(1, 2)])
    assert [round.next()[0], round.next()[0]] == [0, 1]
    round.refuse(0)
    round.confirm(1)
    assert round.next() == (1, {"id": "1-1"})
    assert round.next() is None
    assert (round.confirmed(0), round.refused) == ([], {0})


def headers(tried):
    return {topology.RETRY_HEADER: tried}


def test_what_fails_climbs_the_ladder_and_ends_in_the_dead_letters():
    ladder = [disposition_of("probe", ValueError(), headers(tried)) for tried in range(6)]
    rungs = [f"probe.retry.{seconds}s" for seconds in (1, 10, 60, 600)]
    assert [it.queue for it in ladder] == [*rungs, "probe.dead", "probe.dead"]
    assert [it.headers[topology.RETRY_HEADER] for it in ladder] == [1, 2, 3, 4, 5, 6]


def test_what_is_done_is_acknowledged_and_what_cannot_be_read_is_rejected():
    assert disposition_of("probe", None, headers(3)).outcome is Outcome.ACK
    assert disposition_of("probe", Undecodable(), None).outcome is Outcome.REJECT


def test_a_strange_header_does_not_keep_a_message_from_its_answer():
    for strange in ("many", None, -1, b"\xff"):
        assert disposition_of("probe", ValueError(), headers(strange)).queue == "probe.retry.1s"


class Delivered:
    def __init__(self):
        self.steps = []

    def ack(self):
        self.steps.append("ack")

    def reject(self):
        self.steps.append("reject")


def test_the_original_goes_only_after_its_copy_is_confirmed():
    message = Delivered()
    answer = disposition_of("probe", ValueError(), {})
    dispose(message, answer, lambda queue, _: message.steps.append(queue))
    assert message.steps == ["probe.retry.1s", "ack"]


def test_without_its_copy_the_original_stays():
    message = Delivered()

    def fail(queue, headers):
        raise ConnectionError

    try:
        dispose(message, disposition_of("probe", ValueError(), {}), fail)
    except ConnectionError:
        assert message.steps == []
