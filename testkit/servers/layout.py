"""Paths: the repository, its tools and environments; and the error of a system that cannot run."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".run" / "tools"  # setup.sh puts mongod and versitygw there
ENVIRONMENT = REPOSITORY / ".venv" / "bin"
WORKER_ENVIRONMENT = REPOSITORY / "services" / "proctor" / "worker" / ".venv" / "bin"
PYTHON_VARIABLES = {
    "PYTHONPATH": str(REPOSITORY),
    "PYTHONUNBUFFERED": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # glibc's default of 8 per core holds on to memory
}
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")


class StackError(Exception):
    """The system cannot start or go on; the message says why and what to do."""
