"""Where things are: the repository, its tools, the folder that holds the state of one system."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".run" / "tools"  # setup.sh puts mongod and versitygw there
ENVIRONMENT = REPOSITORY / ".venv" / "bin"
WORKER_ENVIRONMENT = REPOSITORY / "services" / "proctor" / "worker" / ".venv" / "bin"
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")


class StackError(Exception):
    """The system cannot start or go on; the message says why and what to do."""
