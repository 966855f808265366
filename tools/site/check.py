"""`python -m tools.site.check FOLDER`: whether a built site needs any other site to be looked at."""

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("object", "data")}
LOADED_LINKS = {"stylesheet", "preload", "modulepreload", "preconnect", "dns-prefetch", "icon", "manifest"}


class _Assets(HTMLParser):
    """What a page loads by itself; what a reader may follow is not among it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "link" and LOADED_LINKS & set((attributes.get("rel") or "").split()):
            self.found.append(attributes.get("href") or "")
        self.found += [value or "" for name, value in attrs if (tag, name) in LOADED]


def assets(html: str) -> list[str]:
    """Addresses that a page loads."""
    parser = _Assets()
    parser.feed(html)
    return parser.found


def foreign(site: Path) -> Iterator[str]:
    """Each page with an address that it would load from elsewhere; style sheets likewise."""
    for page in sorted(site.rglob("*.html")):
        for address in assets(page.read_text(encoding="utf-8")):
            if urlsplit(address).netloc:
                yield f"{page.relative_to(site)}: {address}"
    for sheet in sorted(site.rglob("*.css")):
        text = sheet.read_text(encoding="utf-8")
        if "url(http" in text or "url(//" in text or "@import" in text:
            yield f"{sheet.relative_to(site)}: loads from elsewhere"


def main() -> int:
    """1 when something is loaded from elsewhere."""
    site = Path(sys.argv[1])
    found = list(foreign(site))
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    print(f"site pages={len(list(site.rglob('*.html')))} foreign={len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
