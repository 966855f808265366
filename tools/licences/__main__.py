"""`make licences` writes docs/licences.md; with `--check` it is compared, and nothing is written."""

import argparse
import sys
from pathlib import Path

from tools.licences.packages import Environment
from tools.licences.policy import read_policy
from tools.licences.table import faults, page, rows

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/licences.md"
ENVIRONMENTS = (
    Environment(name="main", folder=ROOT),
    Environment(name="face worker", folder=ROOT / "services/proctor/worker"),
)


def main() -> int:
    """1 when a licence is not accepted or the page is out of date."""
    parser = argparse.ArgumentParser(prog="licences", description="Licences of all that is locked.")
    parser.add_argument("--check", action="store_true", help="compare docs/licences.md, write nothing")
    check = parser.parse_args().check
    policy = read_policy()
    found = rows(ENVIRONMENTS, policy)
    text = page(found, policy, [environment.site for environment in ENVIRONMENTS])
    wrong = list(faults(found, policy))
    if check and (not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text):
        wrong.append("docs/licences.md is out of date: run `make licences`")
    if not check:
        PAGE.write_text(text, encoding="utf-8")
    print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
    print(f"licences packages={len(found)} weights={len(policy.weights)} faults={len(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
