"""Each name that vulture is told to ignore is one that it would report: a stale list hides dead code."""

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORTED = re.compile(r"unused \w+ '([^']+)'")


def ignored() -> list[str]:
    """The names, or patterns of names, that pyproject.toml lists with a reason."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names: list[str] = settings["tool"]["vulture"]["ignore_names"]
    return names


def reported() -> set[str]:
    """What vulture would report without that list."""
    command = [sys.executable, "-m", "vulture", "--ignore-names", ""]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90)
    return set(REPORTED.findall(ran.stdout))


def test_every_ignored_name_is_needed():
    found = reported()
    stale = [name for name in ignored() if not any(fnmatchcase(it, name) for it in found)]
    assert not stale, f"take them off ignore_names in pyproject.toml: {stale}"


def test_no_name_is_ignored_twice():
    assert len(ignored()) == len(set(ignored()))
