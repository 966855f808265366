"""Each hole of Nameko 3.0.0rc11 that the architecture names: one scenario, on plain Nameko and on ours.

Plain Nameko must fail, strictly: if it ever passes, the suite reports that, and code of ours can be removed.
"""

import pytest

from shared.eventlog.topology import LOG_STREAM
from testkit.waiting import eventually
from tests.nameko_regressions.behaviour import SAID
from tests.nameko_regressions.conftest import BESIDE, CAREFUL, OURS, PLAIN, Hole

UNDECODABLE = b"{not an event"


def both(reason, ours=OURS, plain=PLAIN):
    """Ours, which must pass, and plain Nameko, which must fail."""
    hole = pytest.mark.xfail(strict=True, reason=f"plain Nameko {reason}", raises=Hole)
    return pytest.mark.parametrize(
        "implementation", [pytest.param(ours, id="ours"), pytest.param(plain, id="plain", marks=hole)]
    )


@both("acknowledges an event whose handler has raised")
def test_an_event_whose_handler_raised_has_its_effect_in_the_end(start, implementation):
    with start(implementation) as service:
        failed, fine = service.send("fail once"), service.send()
        eventually(lambda: service.has_effect(fine))
        service.must(lambda: service.has_effect(failed))


@both("drops what it cannot decode")
def test_what_cannot_be_decoded_is_kept_for_a_person(start, implementation):
    with start(implementation) as service:
        service.publish(UNDECODABLE)
        fine = service.send()
        eventually(lambda: service.has_effect(fine))
        service.process.kill()  # its unacknowledged messages are back in their queue
        service.must(lambda: service.keeps(UNDECODABLE))


@both("publishes into the void without a word")
def test_an_event_that_no_queue_takes_arrives_once_one_does(start, implementation, channel):
    with start(implementation) as service:
        channel.queue_unbind(LOG_STREAM, f"{implementation.name}.events", "#")
        service.let("say")
        sent = service.send("say")
        eventually(lambda: service.has_effect(sent))
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, f"{implementation.name}.events", SAID)
        service.must(lambda: sent.encode() in (channel.basic_get(queue, auto_ack=True)[2] or b""))


@both(
    "publishes unconfirmed what was to be confirmed, after another publisher of the process", BESIDE, CAREFUL
)
def test_a_refusal_is_noticed_beside_a_careless_publisher(start, implementation, channel):
    refuse(start, implementation, channel, ("say", "whisper"))


def test_a_refusal_is_noticed_by_a_plain_service_without_one(start, channel):
    """So the other publisher is the cause."""
    refuse(start, CAREFUL, channel, ("say",))


def refuse(start, implementation, channel, notes):
    """A full queue refuses what is published after the broker was away; it must arrive once there is room."""
    with start(implementation) as service:
        full = {"x-max-length": 1, "x-overflow": "reject-publish"}
        queue = channel.queue_declare("", exclusive=True, arguments=full).method.queue
        channel.queue_bind(queue, f"{implementation.name}.events", SAID)
        channel.basic_publish("", queue, b"filler")
        sent, *_ = [service.send(note) for note in notes]
        for note in notes:
            eventually(lambda note=note: service.is_at("waits", note))
        service.wire.cut()
        for note in notes:
            service.let(note)
            eventually(lambda note=note: service.is_at("goes", note))
        service.wire.mend()
        eventually(
            lambda: service.effects(sent) == 2 or "MessageNacked" in service.log()
        )  # it was delivered again
        channel.queue_purge(queue)
        service.must(lambda: sent.encode() in (channel.basic_get(queue, auto_ack=True)[2] or b""))


@both("ends when the broker is away as it starts")
def test_a_service_that_starts_while_the_broker_is_away_works_once_it_is_back(start, implementation):
    with start(implementation, whole=False) as service:
        eventually(lambda: "refused" in service.log().lower() or not service.process.pid)
        service.wire.mend()
        service.must(service.consumes)
        sent = service.send()
        eventually(lambda: service.has_effect(sent))


def test_a_service_that_waits_for_the_broker_ends_when_asked(start):
    with start(OURS, whole=False) as service:
        eventually(lambda: "refused" in service.log().lower())
        service.process.stop()
