"""Pages of the site that are kept at the root of the repository, and links between the two places."""

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = "docs"
ROOT_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s#:]+)(#[^)\s]*)?\)")


def source_of(page: str) -> str:
    """Where a page of the site is kept in the repository."""
    return next((source for source, name in ROOT_PAGES.items() if name == page), f"{DOCS}/{page}")


def relinked(text: str, page: str) -> str:
    """The text of a page with its links as they are on the site; what is not on the site is only named."""
    source = source_of(page)

    def link(found: re.Match[str]) -> str:
        label, target, anchor = found[1], found[2], found[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if path in ROOT_PAGES:
            aim = ROOT_PAGES[path]
        elif path.startswith(f"{DOCS}/"):
            aim = path.removeprefix(f"{DOCS}/")
        else:
            return label
        return f"[{label}]({posixpath.relpath(aim, posixpath.dirname(page) or '.')}{anchor})"

    return _LINK.sub(link, text)
