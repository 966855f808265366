"""Plant every fraud in several honest logs, and count those that the rule in charge finds (R28, R31)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from services.audit.domain import derive_hours
from shared.events.base import Event
from tests.audit_mutants.altered import ALTERED
from tests.audit_mutants.fraud import Fraud
from tests.audit_mutants.honest import honest_log
from tests.audit_mutants.insider import INSIDER
from tests.audit_mutants.schemes import SCHEMES
from tests.audit_mutants.single import SINGLE

FRAUDS = [*SINGLE, *ALTERED, *SCHEMES, *INSIDER]
MOST_SEEDS = 1_000  # a fraud that fits none of so many logs is a mistake


@dataclass
class Result:
    """What a campaign counted. `missed`: fraud, seed and the rules that found something, if any."""

    planted: int = 0
    found: int = 0
    missed: list[tuple[str, int, list[str]]] = field(default_factory=list)
    disputed: list[tuple[int, list[str]]] = field(default_factory=list)  # honest logs, by seed

    @property
    def passed(self) -> bool:
        """Whether everything was found and nobody honest was disputed."""
        return self.planted == self.found and not self.disputed


def run(seed: int, honest: int, each: int, frauds: Sequence[Fraud] = FRAUDS) -> Result:
    """`honest`: how many honest logs are judged; `each`: in how many logs each fraud is planted."""
    result = Result()
    for number in range(seed, seed + honest):
        log = honest_log(number)
        if broken := rules_broken(log.events):
            result.disputed.append((number, broken))
    for fraud in frauds:
        for number, events in plant(fraud, seed, each):
            broken = rules_broken(events)
            result.planted += 1
            if fraud.rule in broken:
                result.found += 1
            else:
                result.missed.append((fraud.name, number, broken))
    return result


def plant(fraud: Fraud, seed: int, times: int) -> Iterator[tuple[int, list[Event]]]:
    """Logs with the fraud, each with its seed. Raises LookupError when it fits too few logs."""
    planted = 0
    for number in count(seed):
        if planted == times:
            return
        if number == seed + MOST_SEEDS:
            raise LookupError(f"No log in which it can be planted: {fraud.name}")
        events = fraud.plant(honest_log(number).events, Random(number))
        if events is not None:
            planted += 1
            yield number, events


def rules_broken(events: list[Event]) -> list[str]:
    """Names of the rules that do not hold."""
    hours = derive_hours("enrollment-1", events)
    return sorted({discrepancy.code for discrepancy in hours.discrepancies})
