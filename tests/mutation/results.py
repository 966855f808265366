"""What became of each mutant, read from the files that mutmut leaves."""

import contextlib
import json
from collections.abc import Iterable

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

from tests.mutation.mutant import SURVIVED, Mutant
from tests.mutation.tree import TREE


def read_mutants(services: Iterable[str]) -> list[Mutant]:
    """All mutants of these services, in the order of the files."""
    with contextlib.chdir(TREE):
        return [mutant for service in services for mutant in _of_service(service)]


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
