"""What became of each mutant, read from the files that mutmut leaves."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

from tests.mutation.tree import TREE

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


def read_mutants(services: Iterable[str]) -> list[Mutant]:
    """All mutants of these services, in the order of the files."""
    with contextlib.chdir(TREE):
        return [mutant for service in services for mutant in _of_service(service)]


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


def _of_service(service: str) -> list[Mutant]:
    found = []
    for path in sorted((TREE / "mutants" / "services" / service / "domain").glob("*.meta")):
        meta = json.loads(path.read_text())
        module = path.name.removesuffix(".meta")
        for name, exit_code in meta["exit_code_by_key"].items():
            seconds = meta["durations_by_key"].get(name, 0.0)
            found.append(_mutant(service, module, name, status_by_exit_code[exit_code], seconds))
    return found


def _mutant(service: str, module: str, name: str, status: str, seconds: float) -> Mutant:
    function, owner = orig_function_and_class_names_from_key(name)
    where = f"{module} {owner}.{function}" if owner else f"{module} {function}"
    was, became = _change(name, f"services/{service}/domain/{module}") if status in SURVIVED else ("", "")
    return Mutant(
        name=name, service=service, where=where, status=status, seconds=round(seconds, 3), was=was,
        became=became,
    )  # fmt: skip


def _change(name: str, path: str) -> tuple[str, str]:
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    was = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    return was, " ".join(line[1:].strip() for line in lines if line.startswith("+"))
