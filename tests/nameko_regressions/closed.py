"""The same service on our entrypoint and relay, alone and with a careless publisher in the same process."""

from dataclasses import dataclass
from secrets import token_hex

from nameko.events import EventDispatcher

from shared.domain.aggregate import Aggregate
from shared.events.base import Event, event
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository
from shared.runtime import Runtime
from shared.settings import ServiceSettings
from shared.tests.probe import ALIAS, CounterRaised
from testkit.runtimes import runtime_with
from tests.nameko_regressions.behaviour import SAID, await_leave, did, must_fail


@event(SAID)
class WordSaid(Event):
    """A word was said."""

    counter_id: str


@dataclass(kw_only=True)
class Speaker(Aggregate):
    """Says one word."""

    def say(self, counter_id: str) -> None:
        self.record(WordSaid(counter_id=counter_id))


class Speakers(Repository[Speaker]):
    aggregate = Speaker
    document = document_of(Speaker, "hole_speakers", service=ALIAS)


class ClosedService(Service[Runtime[ServiceSettings]]):
    """Records what it has handled; an event's note is an instruction."""

    speakers = Speakers()
    runtime_class = runtime_with("closed", speakers)

    @subscribe(CounterRaised)
    def hear(self, event: CounterRaised) -> None:
        if must_fail(event.note):
            raise ValueError(event.note)
        if event.note in ("say", "whisper"):
            await_leave(event.note)
        if event.note == "say":
            speaker = Speaker(id=token_hex(8))
            speaker.say(event.counter_id)
            self.speakers.add(speaker)
        if event.note == "whisper":
            self.whisper("nobody.listens.v1", {})
        did(event.counter_id)

    def whisper(self, type_: str, data: dict) -> None:
        """Say nothing."""


class BesideAnotherPublisher(ClosedService):
    """With a stock dispatcher beside the relay."""

    name = "beside"
    whisper = EventDispatcher(use_confirms=False)
