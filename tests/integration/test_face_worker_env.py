"""The face worker's own tests, in the worker's own environment: TensorFlow does not live in this one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
WORKER = REPOSITORY / "services" / "proctor" / "worker"


@pytest.mark.timeout(900)
def test_the_face_workers_tests_pass_in_its_own_environment():
    python = WORKER / ".venv" / "bin" / "python"
    assert python.is_file(), "the worker's environment is missing: run `make setup`"
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(WORKER / "tests")]
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=880
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout.splitlines()[-1]
