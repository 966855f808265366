"""How the tests are spread over parallel workers: a module on one, the whole system's tests on one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = (Path(__file__).parents[2] / "conftest.py").read_text("utf-8").replace("testkit.fixtures", "plain")
MODULE = """
import os, pytest
@pytest.mark.parametrize("n", range(6))
def test_one(n):
    open(os.environ["SEEN"], "a").write(f"{NAME} {os.environ['PYTEST_XDIST_WORKER']}\\n")
"""


@pytest.fixture
def seen(tmp_path: Path) -> set[tuple[str, str]]:
    """Which worker ran a test of which module, in a small project with our conftest."""
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "plain.py").write_text("")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = servers\n")
    for name in (
        "tests/integration/test_a",
        "tests/faults/test_faults",
        "services/test_c",
        "services/test_d",
    ):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"NAME = {path.stem!r}\n" + MODULE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "3",
        "--dist",
        "loadscope",
        "--no-loadscope-reorder",
    ]
    record = tmp_path / "seen"
    environment = {"PATH": "", "SEEN": str(record), "PYTHONPATH": str(tmp_path)}
    subprocess.run([*command, "-p", "no:pytest_nameko"], cwd=tmp_path, env=environment, check=True)
    return {tuple(line.split()) for line in record.read_text().splitlines()}


def test_a_modules_tests_and_those_of_the_whole_system_stay_on_one_worker(seen):
    workers = {module: [worker for name, worker in seen if name == module] for module, _ in seen}
    assert all(len(each) == 1 for each in workers.values()), workers
    assert workers["test_a"] == workers["test_faults"]
    assert len({worker for _, worker in seen}) > 1


def test_make_test_asks_for_it():
    script = (Path(__file__).parents[2] / "tests" / "run.sh").read_text("utf-8")
    assert re.search(r"--dist loadscope --no-loadscope-reorder", script)
