"""docs/mutants.md: each survivor with a judgement, which a person writes into the table and which is kept."""

import re
from collections.abc import Iterable
from pathlib import Path

from testkit.servers.layout import REPOSITORY
from tests.mutation.mutant import Mutant, figures

PAGE = REPOSITORY / "docs" / "mutants.md"
UNJUDGED = "**not judged yet**"
HEAD = """# Mutants that survive

`make mutants` plants small mistakes in `services/*/domain`, one at a time, and runs the service's tests of
its rules. A mistake that no test notices survives. Each survivor stands here with a judgement: *equivalent*
(nothing can tell it from the right code), *message* (only the wording of a text for people changes), or why
it is accepted. The command rewrites the tables and keeps the judgements; write yours into the last column.

What [mutmut](https://mutmut.readthedocs.io) changes: operators, comparisons, numbers, texts, arguments,
assignments, branches, in functions, methods and properties. Constants and defaults outside functions it
leaves alone; tests name those that a rule gives.
"""
ROW = re.compile(r"^\| `(.*?)` \| ``(.*?)`` \| ``(.*?)`` \| (.*) \|$")
Key = tuple[str, str, str, str]  # service, where, was, became


def write_page(mutants: Iterable[Mutant], services: list[str], path: Path = PAGE) -> None:
    """Rewrite the sections of `services`; those of others, and every judgement, stay."""
    old = path.read_text() if path.exists() else ""
    sections, judgements = _sections(old), judgements_in(old)
    for service in services:
        own = [mutant for mutant in mutants if mutant.service == service]
        sections[service] = _section(service, own, judgements)
    path.write_text("\n".join([HEAD, *(sections[it] for it in sorted(sections))]))


def judgements_in(page: str) -> dict[Key, str]:
    """What people have written, by what it is about."""
    found: dict[Key, str] = {}
    for service, text in _sections(page).items():
        for row in filter(None, map(ROW.match, text.splitlines())):
            found[service, row[1], row[2], row[3]] = row[4]
    return found


def unjudged(path: Path = PAGE) -> int:
    """How many survivors nobody has judged."""
    return list(judgements_in(path.read_text()).values()).count(UNJUDGED)


def _sections(page: str) -> dict[str, str]:
    parts = page.split("\n## ")[1:]
    return {part.split(None, 1)[0]: f"## {part.rstrip()}\n" for part in parts}


def _section(service: str, mutants: list[Mutant], judgements: dict[Key, str]) -> str:
    counts = figures(mutants)
    result = f"killed={counts['killed']} survived={counts['survived']} score={counts['score']:.3f}"
    lines = [
        f"## {service}", "", result, "", "| where | was | became | judgement |", "|---|---|---|---|",
    ]  # fmt: skip
    rows = dict.fromkeys(_row(mutant, judgements) for mutant in mutants if mutant.survived)
    return "\n".join([*lines, *rows, ""])


def _row(mutant: Mutant, judgements: dict[Key, str]) -> str:
    where, was, became = mutant.where, _cell(mutant.was), _cell(mutant.became)
    judgement = judgements.get((mutant.service, where, was, became), UNJUDGED)
    return f"| `{where}` | ``{was}`` | ``{became}`` | {judgement} |"


def _cell(code: str) -> str:
    return code.replace("|", "\\|")
