"""Each hole of Nameko 3.0.0rc11 that the architecture names: one scenario, on plain Nameko and on ours.

Plain Nameko is expected to fail, strictly: should it ever pass, the suite says so, and code of ours may go.
"""

import pytest

from shared.eventlog.topology import LOG_STREAM
from testkit.waiting import eventually
from tests.nameko_regressions.behaviour import SAID
from tests.nameko_regressions.conftest import BESIDE, CAREFUL, OURS, PLAIN, Hole


def both(reason, ours=OURS, plain=PLAIN):
    """Ours, which must pass, and plain Nameko, which must fail."""
    hole = pytest.mark.xfail(strict=True, reason=f"plain Nameko {reason}", raises=Hole)
    return pytest.mark.parametrize(
        "kind", [pytest.param(ours, id="ours"), pytest.param(plain, id="plain", marks=hole)]
    )


@both("acknowledges an event whose handler has raised")
def test_an_event_whose_handler_raised_has_its_effect_in_the_end(start, kind):
    with start(kind) as service:
        failed, fine = service.tell("fail once"), service.tell()
        eventually(lambda: service.has_effect(fine))
        service.must(lambda: service.has_effect(failed))


@both("drops what it cannot decode")
def test_what_cannot_be_decoded_is_kept_for_a_person(start, kind):
    with start(kind) as service:
        service.publish(b"{not an event")
        fine = service.tell()
        eventually(lambda: service.has_effect(fine))
        service.process.kill()  # what it held is back in its queue
        service.must(lambda: service.kept() == 1)


@both("publishes into the void without a word")
def test_an_event_that_no_queue_takes_arrives_once_one_does(start, kind, channel):
    with start(kind) as service:
        channel.queue_unbind(LOG_STREAM, f"{kind.name}.events", "#")
        service.let("say")
        told = service.tell("say")
        eventually(lambda: service.has_effect(told))
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, f"{kind.name}.events", SAID)
        service.must(lambda: told.encode() in (channel.basic_get(queue, auto_ack=True)[2] or b""))


@both(
    "publishes unconfirmed what was to be confirmed, after another publisher of the process", BESIDE, CAREFUL
)
def test_a_refusal_is_noticed_beside_a_careless_publisher(start, kind, channel):
    refuse(start, kind, channel, ("say", "whisper"))


def test_a_refusal_is_noticed_by_a_plain_service_without_one(start, channel):
    """So it is the other publisher that spoils it."""
    refuse(start, CAREFUL, channel, ("say",))


def refuse(start, kind, channel, notes):
    """A full queue refuses what is published after the broker was away; it must arrive once there is room."""
    with start(kind) as service:
        full = {"x-max-length": 1, "x-overflow": "reject-publish"}
        queue = channel.queue_declare("", exclusive=True, arguments=full).method.queue
        channel.queue_bind(queue, f"{kind.name}.events", SAID)
        channel.basic_publish("", queue, b"filler")
        told, *_ = [service.tell(it) for it in notes]
        for note in notes:
            eventually(lambda note=note: service.is_at("waits", note))
        service.wire.cut()
        for note in notes:
            service.let(note)
            eventually(lambda note=note: service.is_at("goes", note))
        service.wire.mend()
        eventually(lambda: service.effects(told) == 2 or "MessageNacked" in service.log())  # it came again
        channel.queue_purge(queue)
        service.must(lambda: told.encode() in (channel.basic_get(queue, auto_ack=True)[2] or b""))


@both("ends when the broker is away as it starts")
def test_a_service_that_starts_while_the_broker_is_away_works_once_it_is_back(start, kind):
    with start(kind, whole=False) as service:
        eventually(lambda: "refused" in service.log().lower() or not service.process.pid)
        service.wire.mend()
        service.must(service.consumes)
        told = service.tell()
        eventually(lambda: service.has_effect(told))


def test_a_service_that_waits_for_the_broker_ends_when_asked(start):
    with start(OURS, whole=False) as service:
        eventually(lambda: "refused" in service.log().lower())
        service.process.stop()
