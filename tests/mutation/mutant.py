"""A planted mistake and what became of it; the figures of many."""

from dataclasses import asdict, dataclass
from typing import Any

KILLED = {"killed", "timeout", "segfault"}  # a test failed, or the mutant never came to an end
SURVIVED = {"survived", "no tests"}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One planted mistake. `was` and `became` are the changed lines."""

    name: str
    service: str
    where: str  # module.py, class and function
    status: str
    seconds: float
    was: str
    became: str

    @property
    def survived(self) -> bool:
        """No test failed."""
        return self.status in SURVIVED

    @property
    def killed(self) -> bool:
        """A test failed or never ended."""
        return self.status in KILLED


def figures(mutants: list[Mutant]) -> dict[str, Any]:
    """Counts and score: the share of the judged mutants that were killed."""
    killed, survived = sum(mutant.killed for mutant in mutants), sum(mutant.survived for mutant in mutants)
    score = killed / (killed + survived) if killed + survived else 0.0
    return {
        "killed": killed,
        "timed_out": sum(mutant.status == "timeout" for mutant in mutants),  # among the killed
        "survived": survived,
        "unchecked": len(mutants) - killed - survived,
        "score": round(score, 4),
    }


def raw(mutants: list[Mutant]) -> list[dict[str, Any]]:
    """Every mutant as JSON."""
    return [asdict(mutant) for mutant in mutants]
