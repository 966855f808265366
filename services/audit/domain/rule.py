"""A rule of the auditor: its name, the rules of the product that it checks, the events that it rests on."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.audit.domain.discrepancy import Fault
from services.audit.domain.facts import Facts
from shared.events.base import Event

Check = Callable[[Facts], Iterator[Fault]]


@dataclass(frozen=True)
class Rule:
    """`numbers`: e.g. "R17"; `rests_on`: what it reads; `says`: what must hold, in one sentence or two."""

    name: str
    numbers: tuple[str, ...]
    rests_on: tuple[type[Event], ...]
    says: str
    check: Check
    last: bool  # it is asked after the others, and knows what they found


RULES: dict[str, Rule] = {}


def rule(name: str, numbers: str, *rests_on: type[Event], last: bool = False) -> Callable[[Check], Check]:
    """Declare a rule; its docstring says what must hold. Raises ValueError for a name that is taken."""

    def register(check: Check) -> Check:
        if name in RULES:
            raise ValueError(f"{name} is declared twice")
        says = re.sub(r"\s+", " ", check.__doc__ or "").strip()
        RULES[name] = Rule(name, tuple(numbers.split()), rests_on, says, check, last)
        return check

    return register
