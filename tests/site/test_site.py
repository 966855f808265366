"""The documents as a site: built strictly, whole, and without any other site."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.sources import ROOT
from tools.site.check import assets, foreign
from tools.site.diagrams import drawn
from tools.site.pages import relinked

PARTS = ["docs", "tools", "mkdocs.yml", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `make docs` runs, on the documents in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", "site"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=110,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The documents, to be damaged."""
    for part in PARTS:
        copied = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copied(ROOT / part, tmp_path / part)
    return tmp_path


def test_the_site_is_whole_and_loads_nothing_from_elsewhere(copy):
    built = build(copy)
    assert built.returncode == 0, built.stderr
    assert list(foreign(copy / "site")) == []
    assert "<svg" in (copy / "site/architecture.html").read_text(encoding="utf-8")
    assert (copy / "site/search/search_index.js").exists()


def test_a_broken_link_and_a_page_outside_the_navigation_end_the_build(copy):
    for slow in ("architecture.md", "events.md"):
        (copy / "docs" / slow).write_text("# Short\n", encoding="utf-8")
    (copy / "docs/lost.md").write_text("# Lost\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    built = build(copy)
    assert built.returncode == 1
    assert "lost.md" in built.stderr
    assert "nowhere.md" in built.stderr


@pytest.mark.parametrize(
    ("page", "text", "expected"),
    [
        ("index.md", "[a](docs/rules.md#r1)", "[a](rules.md#r1)"),
        ("index.md", "[a](CONTRIBUTING.md)", "[a](contributing.md)"),
        ("index.md", "[a](LICENSE)", "a"),
        ("howto/add-a-rule.md", "[a](../rules.md)", "[a](../rules.md)"),
        ("howto/add-a-rule.md", "[a](../../CONTRIBUTING.md#b)", "[a](../contributing.md#b)"),
        ("rules.md", "[a](#b) [c](https://example.org)", "[a](#b) [c](https://example.org)"),
    ],
)
def test_links_are_set_right(page, text, expected):
    assert relinked(text, page) == expected


def test_a_diagram_becomes_a_picture_and_a_wrong_one_an_error():
    good = "```mermaid\nsequenceDiagram\n    A->>B: 缴费\n```\n"
    assert drawn(good, "a.md").startswith('<figure class="diagram"><svg id="a-1"')
    with pytest.raises(RuntimeError, match="Parse error"):
        drawn("```mermaid\nsequenceDiagram\n    A->>: nobody\n```\n", "a.md")


def test_what_a_page_loads_is_found_and_what_a_reader_may_follow_is_not():
    html = '<link rel="stylesheet" href="//x/a.css"><script src="b.js"></script><a href="https://y">y</a>'
    assert assets(html) == ["//x/a.css", "b.js"]
