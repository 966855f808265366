"""What MkDocs calls while it builds (`hooks` in mkdocs.yml)."""

from typing import Any

from mkdocs.structure.files import File, Files

from tools.site.diagrams import drawn
from tools.site.pages import ROOT, ROOT_PAGES, relinked


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are kept at the root of the repository."""
    for source, page in ROOT_PAGES.items():
        content = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Set links right, and draw the diagrams."""
    uri: str = page.file.src_uri
    return drawn(relinked(markdown, uri), uri)
