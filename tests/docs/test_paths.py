"""A path that a document names exists: documents do not lag behind a move."""

import re

import pytest

from tests.docs.sources import GENERATED, files, pages, text_of

TOP = "services|shared|tools|testkit|deploy|tests|docs"
NAMED = re.compile(rf"`((?:{TOP})/[\w./-]*\w)/?`")
NOT_YET = {
    "deploy/images",
    "deploy/k8s",
    "deploy/monitoring",
}  # named in the architecture page, not made empty
HISTORY = {"CHANGELOG.md"}


def known() -> set[str]:
    """Every file and folder of the checkout."""
    return {str(each) for path in files() for each in (path, *path.parents)}


def test_every_path_that_a_document_names_exists():
    there = known() | NOT_YET
    wanted = [page for page in pages() if page not in GENERATED and str(page) not in HISTORY]
    missing = [f"{page}: {path}" for page in wanted for path in named(text_of(page)) if path not in there]
    assert not missing, "\n".join(missing)


def named(text: str) -> list[str]:
    """Paths between backticks, from the root of the repository."""
    return NAMED.findall(text)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("`shared/events/released/` and `docs/adr`", ["shared/events/released", "docs/adr"]),
        ("`services/<name>/domain`, `services/payment/domain/fee.py`", ["services/payment/domain/fee.py"]),
        ("shared/events without backticks, `payment/cashier.py`", []),
    ],
)
def test_paths_are_found(text, paths):
    assert named(text) == paths
