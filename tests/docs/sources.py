"""The files that the checks of documents read: what git knows, or would add."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = (Path("tests/docs"), Path("tests/site"))  # they cite rules and spellings as examples
GENERATED = {Path("docs/events.md"), Path("docs/licences.md")}


@cache
def files() -> list[Path]:
    """Paths of the checkout's files, relative to its root; what git ignores is not among them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return sorted(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


def pages() -> list[Path]:
    """The documents: Markdown, wherever it lies."""
    return [path for path in files() if path.suffix == ".md"]


def python_files() -> list[Path]:
    """Modules and tests, without the checks of documents themselves."""
    return [path for path in files() if path.suffix == ".py" and not ours(path)]


def ours(path: Path) -> bool:
    """Whether a file belongs to the checks of documents."""
    return any(folder in path.parents for folder in HERE)


def is_test(path: Path) -> bool:
    """Whether a module lies in a folder of tests."""
    return "tests" in path.parts[:-1]


def text_of(path: Path) -> str:
    """The text of a file of the checkout."""
    return (ROOT / path).read_text(encoding="utf-8")


def table_rows(page: str, heading: str) -> Iterator[list[str]]:
    """The cells of each row of the first table under a `## heading` of a page, without its head."""
    section = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    for row in rows[2:]:
        yield [cell.strip() for cell in row.strip("|").split("|")]
