"""The short way to a line of a log writes what structlog writes."""

import json
import subprocess
import sys
from datetime import datetime

PROGRAM = """
import structlog
from shared.observability.logging import configure_logging, lines_of
configure_logging("shop", "info")
structlog.contextvars.bind_contextvars(trace_id="4bf9")
fields = {"method": "GET", "route": "/货架", "status": 200, "ms": 0.4}
structlog.get_logger("here").info("request", **fields)
lines_of("here", "request", "shop")(**fields)
"""


def test_both_ways_write_the_same_line() -> None:
    written = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    ours, short = (json.loads(line) for line in written.stderr.splitlines())
    earlier, later = (datetime.fromisoformat(line.pop("timestamp")) for line in (ours, short))
    assert earlier <= later
    assert ours == short
