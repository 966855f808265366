"""The glossary of docs/glossary.md: its terms, and the variants that we do not write."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.sources import GENERATED, files, ours, pages, table_rows, text_of

GLOSSARY = Path("docs/glossary.md")
CHANGELOG = Path("CHANGELOG.md")
FIELD, PLUMBING, FORBIDDEN = "The field 行业术语", "The plumbing", "What we do not write"
READABLE = {".py", ".md", ".html", ".cfg", ".yaml", ".toml", ".sh", ".vue", ".ts", ".json"}
QUOTED = {"standins", "peers", "released"}  # folders whose texts are those of others, or of their time
_CODE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)", re.DOTALL)
_CHINESE = re.compile(r"[一-鿿]")


@dataclass(frozen=True)
class Variant:
    """A spelling that we do not use, and the one that we do."""

    wrong: str
    right: str
    everywhere: bool  # in code too; otherwise in documents only

    def is_in(self, text: str) -> bool:
        """Whether a text has it: anywhere in Chinese, as whole words in English."""
        if _CHINESE.search(self.wrong):
            return self.wrong in text
        return re.search(rf"\b{re.escape(self.wrong)}\b", text) is not None


def terms() -> Iterator[str]:
    """Each term of the field in both languages, and each of the plumbing."""
    page = text_of(GLOSSARY)
    for chinese, english, *_ in table_rows(page, FIELD):
        yield chinese
        yield from english.split(", ")
    for english, *_ in table_rows(page, PLUMBING):
        yield from english.split(", ")


def code_names() -> Iterator[str]:
    """What the glossary says a term is called in code: names, parts of queues' names, and paths."""
    page = text_of(GLOSSARY)
    for heading in (FIELD, PLUMBING):
        for row in table_rows(page, heading):
            yield from re.findall(r"`([^`]+)`", row[-2])


def variants() -> Iterator[Variant]:
    """What the glossary forbids."""
    for right, wrong, where in table_rows(text_of(GLOSSARY), FORBIDDEN):
        for spelling in wrong.split(", "):
            yield Variant(spelling, right, where == "everywhere")


def prose() -> dict[Path, str]:
    """The documents without code and link targets; of the glossary not the table of wrong spellings."""
    found = {path: text_of(path) for path in pages() if path not in GENERATED}
    found[GLOSSARY] = found[GLOSSARY].split(f"\n## {FORBIDDEN}\n")[0]
    if CHANGELOG in found:
        found[CHANGELOG] = _newest_entry(found[CHANGELOG])
    return {path: _CODE.sub(" ", text) for path, text in found.items()}


def texts() -> dict[Path, str]:
    """What people read on a screen, and code: all of our own text."""
    own = [path for path in files() if path.suffix in READABLE and not QUOTED & set(path.parts)]
    return {path: text_of(path) for path in own if path != GLOSSARY and not ours(path)}


def _newest_entry(changelog: str) -> str:
    return "\n## ".join(changelog.split("\n## ")[:2])
