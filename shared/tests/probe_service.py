"""The events process of the probe."""

import os

from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe
from shared.runtime import Runtime
from shared.settings import ServiceSettings
from shared.tests.probe import Counter, CounterRaised, Counters
from testkit.runtimes import runtime_with


class ProbeService(Service[Runtime[ServiceSettings]]):
    """Adds up what it hears; a note says how to misbehave."""

    counters = Counters()
    runtime_class = runtime_with("probe", counters)

    @subscribe(CounterRaised)
    def add_up(self, event: CounterRaised) -> None:
        if event.note == "poison":
            raise ValueError("poison")
        if event.note == "die once" and not os.path.exists(os.environ["PROBE_DIED"]):
            with open(os.environ["PROBE_DIED"], "w"):
                os._exit(9)
        if event.note == "die if doomed" and os.path.exists(os.environ["PROBE_DOOM"]):
            os._exit(9)
        if event.note == "fail once" and not os.path.exists(os.environ["PROBE_FAILED"]):
            with open(os.environ["PROBE_FAILED"], "w"):
                raise ValueError("fail once")
        heard = Counter(id=f"heard-{event.counter_id}")
        self.counters.upsert(heard, lambda it: it.hear(event.by), because=event)
