"""The example in the README runs, as it is printed there, and needs nothing but the imports below."""

import os
import re
import subprocess
import sys

from tests.docs.sources import ROOT, text_of

IMPORTS = '''
from dataclasses import dataclass, field

import pytest

from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError
from shared.events.base import Event, event
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class ClassFull(DomainError):
    """名额已满 (R1)."""

    code = "class.full"
'''
HANDLED = """

def test_the_handler_does_its_work(capsys) -> None:
    Welcome().greet(SeatTaken(person="李"))
    assert capsys.readouterr().out == "李 已报名\\n"
"""
MAX_LINES = 24  # what the README calls some twenty, without blank ones and docstrings


def example() -> str:
    """The one block of Python in the README."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", text_of("README.md"), re.MULTILINE | re.DOTALL)
    return block


def test_the_example_runs(tmp_path):
    """In a process of its own: it declares an event that the product does not have."""
    (tmp_path / "test_example.py").write_text(IMPORTS + "\n\n" + example() + HANDLED, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:pytest_nameko", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, f"--rootdir={tmp_path}", str(tmp_path)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


def test_the_example_is_short():
    lines = [line for line in example().splitlines() if line.strip() and '"""' not in line]
    assert len(lines) <= MAX_LINES
