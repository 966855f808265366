"""Links between documents: where they lead, and which headings a page has."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from tests.docs.sources import ROOT, pages, text_of

_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def broken() -> Iterator[str]:
    """Each link to a file or heading that does not exist, said for a person."""
    for page in pages():
        for target in targets(text_of(page)):
            if fault := _fault(page, target):
                yield f"{page}: {target}: {fault}"


def targets(text: str) -> list[str]:
    """Where a page's links lead, in its order; code is no link, and other sites are not asked."""
    plain = _INLINE_CODE.sub("", _FENCED.sub("", text))
    return [target for target in _LINK.findall(plain) if not _ELSEWHERE.match(target)]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the site and forges make them, Chinese included."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", text)):
        found.add(_unique(_slug(heading), found))
    return found


def _fault(page: Path, target: str) -> str | None:
    path, _, anchor = unquote(target).partition("#")
    aim = (ROOT / page.parent / path).resolve() if path else ROOT / page
    if not aim.exists() or not aim.is_relative_to(ROOT):
        return "there is no such file"
    if anchor and aim.suffix == ".md" and anchor not in anchors(aim.read_text(encoding="utf-8")):
        return "there is no such heading"
    return None


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _unique(slug: str, taken: set[str]) -> str:
    number = 0
    while (name := f"{slug}_{number}" if number else slug) in taken:
        number += 1
    return name
