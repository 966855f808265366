"""The rules of docs/rules.md, and where the code cites them (R23, R11–R14)."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.docs.sources import is_test, pages, python_files, text_of

RULES = Path("docs/rules.md")
_CITED = re.compile(r"\bR([1-9]\d?)(?:\s?[–-]\s?R?([1-9]\d?))?\b")
_STATED = re.compile(r"^### R(\d+) ", re.MULTILINE)
_LISTED = re.compile(r"^- \*\*R(\d+)\*\* ", re.MULTILINE)


def stated() -> list[int]:
    """The numbers of the rules, in the order of the page."""
    return [int(number) for number in _STATED.findall(text_of(RULES))]


def listed(heading: str) -> list[int]:
    """The numbers in the list under a heading, e.g. "Not built yet"."""
    section = text_of(RULES).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [int(number) for number in _LISTED.findall(section)]


def cited_in(text: str) -> Iterator[int]:
    """Every rule that a text cites; of a range all of its rules."""
    for first, last in _CITED.findall(text):
        yield from range(int(first), int(last or first) + 1)


def cited_by(paths: Iterable[Path]) -> dict[int, list[Path]]:
    """Which of these files cite each rule."""
    found: dict[int, list[Path]] = {}
    for path in paths:
        for number in set(cited_in(text_of(path))):
            found.setdefault(number, []).append(path)
    return found


def everything() -> list[Path]:
    """What may cite a rule: code, tests and documents."""
    return [*python_files(), *pages()]


def holders() -> list[Path]:
    """What holds a rule: the tests."""
    return [path for path in python_files() if is_test(path)]
