"""Where figures are kept: `.run/reports/name.json`, with the machine and the commit that they are of."""

import json
import os
import platform
import subprocess
from typing import Any

from testkit.servers.layout import REPOSITORY

REPORTS = REPOSITORY / ".run" / "reports"


def write(name: str, figures: dict[str, Any]) -> None:
    """Write figures and raw values, all of which are JSON."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.strip()
    machine = {
        "platform": platform.platform(), "python": platform.python_version(), "cpus": os.cpu_count(),
        "load_average": os.getloadavg(),
    }  # fmt: skip
    REPORTS.mkdir(parents=True, exist_ok=True)
    content = {"commit": commit, "machine": machine, **figures}
    (REPORTS / f"{name}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
