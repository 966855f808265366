"""Mermaid diagrams become pictures while the site is built: no fetching, and a wrong one ends the build."""

import re

import mermaidx

_FENCE = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ID = "my-svg"  # what Mermaid calls each picture; on one page they must differ


def drawn(text: str, page: str) -> str:
    """The text of a page with its diagrams as SVG. Raises RuntimeError with Mermaid's own complaint."""
    stem = re.sub(r"\W+", "-", page.removesuffix(".md"))
    numbers = iter(range(1, text.count("```mermaid") + 1))
    return _FENCE.sub(lambda found: _picture(found[1], f"{stem}-{next(numbers)}"), text)


def _picture(source: str, name: str) -> str:
    svg = mermaidx.render(source).svg().replace(_ID, name)
    one_line = " ".join(svg.split())  # a blank line would end the block of HTML
    return f'<figure class="diagram">{one_line}</figure>'
