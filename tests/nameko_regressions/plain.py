"""A service as Nameko's own documentation writes it: `@event_handler`, `EventDispatcher`, nothing of ours."""

from nameko.events import EventDispatcher, event_handler

from tests.nameko_regressions.behaviour import SAID, await_leave, did, must_fail

HEARD = "probe.counter.raised.v1"


class PlainService:
    """Records what it has handled; an event's note is an instruction."""

    name = "plain"
    say = EventDispatcher()

    @event_handler("probe", HEARD)
    def hear(self, event: dict) -> None:
        """The event is an envelope of ours."""
        counter, note = event["data"]["counter_id"], event["data"]["note"]
        if must_fail(note):
            raise ValueError(note)
        if note == "say":
            await_leave(note)
            self.say(SAID, {"counter_id": counter})
        did(counter)


class CarefulService:
    """As careful as Nameko lets it be (confirms, back to the queue at an error), beside a careless one."""

    name = "careful"
    say = EventDispatcher(use_confirms=True)
    whisper = EventDispatcher(use_confirms=False)

    @event_handler("probe", HEARD, requeue_on_error=True)
    def hear(self, event: dict) -> None:
        counter, note = event["data"]["counter_id"], event["data"]["note"]
        if note == "say":
            await_leave(note)
            self.say(SAID, {"counter_id": counter})
        if note == "whisper":
            await_leave(note)
            self.whisper("nobody.listens.v1", {})
        did(counter)
