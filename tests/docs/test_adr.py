"""Decision records have one format, and the index says what they say."""

import re
from pathlib import Path

import pytest

from tests.docs.sources import files, table_rows, text_of

FOLDER = Path("docs/adr")
RECORDS = [path for path in files() if path.parent == FOLDER and path.name != "index.md"]
HEAD = re.compile(
    r"# (\d+)\. (.+)\n\n\*\*Date:\*\* (\d{4}-\d\d-\d\d)\n\n\*\*Status:\*\* (.+)\n\n## Context\n"
)
SECTIONS = ["Context", "Options", "Decision", "Consequences", "Superseded by"]
LINK = re.compile(r"\[(.+)\]\((.+)\)")


def index() -> dict[str, tuple[str, str, str, bool]]:
    """Title, date, status and whether it stands unchanged, by the file that the index links."""
    rows = {}
    for link, date, status, successor in table_rows(f"\n## {text_of(FOLDER / 'index.md')[2:]}", "Decisions"):
        title, target = LINK.fullmatch(link).groups()
        rows[target] = (title, date, status, successor == "–")
    return rows


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name[:4])
def test_a_record_has_every_part_in_order(record):
    text = text_of(record)
    assert HEAD.match(text), "title, date, status"
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name[:4])
def test_the_index_says_what_the_record_says(record):
    text = text_of(record)
    number, title, date, status = HEAD.match(text).groups()
    unchanged = text.endswith("## Superseded by\n\n–\n")
    assert index()[record.name] == (f"{number}. {title}", date, status, unchanged)


def test_records_are_numbered_without_a_gap_and_all_of_them_are_in_the_index():
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert list(index()) == [record.name for record in RECORDS]
