"""Deliveries cut out of frames, as a broker sends them: by pika's own encoder."""

import pika
import pytest
from pika import frame, spec

from shared.eventlog.deliveries import cut
from shared.eventlog.errors import CorruptFrames

FAR = 1 << 40  # beyond 32 bits, which pika writes as the broker does


def frames(tag, offset, body, exchange="", key="events.log", **properties):
    """A delivery in frames of at most 4 bytes of body."""
    headers = {"x-stream-offset": offset, "a": "b"}
    method = spec.Basic.Deliver("ctag1.x", tag, False, exchange, key)
    head = frame.Header(1, len(body), pika.BasicProperties(headers=headers, **properties))
    bodies = [frame.Body(1, body[at : at + 4]) for at in range(0, len(body), 4)]
    return b"".join(part.marshal() for part in (frame.Method(1, method), head, *bodies))


def plain(part):
    """What a reader sees of a delivery; another frame as it is."""
    return part if isinstance(part, bytes) else (part.tag, part.offset, part.body)


def test_frames_may_be_cut_anywhere():
    heartbeat = frame.Heartbeat().marshal()
    data = frames(1, FAR, b"abcdefghij") + heartbeat + frames(2, FAR + 1, b"")
    expected = [(1, FAR, b"abcdefghij"), heartbeat, (2, FAR + 1, b"")]
    for at in range(len(data) + 1):
        before = list(cut(data[:at]))
        done = before[-1][0] if before else 0
        assert [plain(part) for _, part in (*before, *cut(data[done:]))] == expected


@pytest.mark.parametrize(("exchange", "key", "id"), [("", "q", ""), ("付款.events", "a.b.v1", "x" * 40)])
def test_route_and_message_id_are_read_when_they_are_asked_for(exchange, key, id):
    properties = {"message_id": id, "content_type": "application/json"} if id else {}
    ((_, delivery),) = cut(frames(1 << 33, FAR, b"body", exchange, key, **properties))
    assert (delivery.tag, delivery.route, delivery.message_id) == (1 << 33, (exchange, key), id)


def test_bytes_that_are_no_frames_are_refused():
    with pytest.raises(CorruptFrames):
        list(cut(b"\x01\x00\x01\x00\x00\x00\x01xx"))


def test_a_delivery_of_a_queue_is_refused():
    method = spec.Basic.Deliver("ctag1.x", 1, False, "", "inbox")
    head = frame.Header(1, 0, pika.BasicProperties(headers={"a": 1}))
    with pytest.raises(CorruptFrames, match="not a stream"):
        list(cut(frame.Method(1, method).marshal() + head.marshal()))
