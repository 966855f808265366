"""`make events`: write docs/events.md and docs/asyncapi.yaml, and list what is not released.

`--release` (`make events RELEASE=1`) freezes what is new first. Exits 1 when the code breaks a release.
"""

import argparse
import sys
from pathlib import Path

from tools.contracts.asyncapi import asyncapi
from tools.contracts.catalogue import ROOT, Catalogue, catalogue
from tools.contracts.markdown import markdown
from tools.contracts.released import incompatible, is_released, release, released_types

DOCUMENTS = {"docs/events.md": markdown, "docs/asyncapi.yaml": asyncapi}


def write(content: Catalogue, root: Path = ROOT) -> None:
    """Write both documents under `root`."""
    for name, render in DOCUMENTS.items():
        (root / name).write_text(render(content), "utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="make events", description=__doc__)
    parser.add_argument("--release", action="store_true", help="freeze what is new")
    releasing = parser.parse_args(arguments).release
    broken = [f"{type_}: {problem}" for type_ in released_types() for problem in incompatible(type_)]
    if broken:
        print("These changes break what was released; they need a new version:", *broken, sep="\n  ")
        return 1
    content = catalogue()
    unreleased = [event_class for event_class in content.events if not is_released(event_class)]
    for event_class in unreleased:
        if releasing:
            release(event_class)
        print(f"{event_class.TYPE} {'released' if releasing else 'is not released: make events RELEASE=1'}")
    write(content)
    print(f"events types={len(content.events)} unreleased={0 if releasing else len(unreleased)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
