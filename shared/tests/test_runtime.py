"""What a runtime knows of its members."""

from dataclasses import MISSING, fields

from shared.runtime import Runtime
from shared.settings import ServiceSettings
from shared.tests.probe import Counters


class TwoKinds(Runtime[ServiceSettings]):
    name = "probe"

    def __init__(self, settings: ServiceSettings) -> None:
        super().__init__(settings)
        self.first, self.something_else, self.second = Counters(), object(), Counters()


def test_a_runtime_keeps_the_repositories_that_are_its_members_in_their_order():
    required = {field.name: "any" for field in fields(ServiceSettings) if field.default is MISSING}
    runtime = TwoKinds(ServiceSettings(**required))
    assert runtime.repositories == [runtime.first, runtime.second]
    assert runtime.stores == runtime.repositories
