"""Files that are derived from code: written by `make derived`, held current by a test."""

from pathlib import Path

from services import SERVICES
from tools.derived import audit_rules

ROOT = Path(__file__).resolve().parents[2]
GATEWAY = ROOT / "deploy" / "gateway"
BACKEND = """
backend {service} from services
    server api "${{XUESHI_{variable}_API}}"
"""


def files() -> dict[Path, str]:
    """Each derived file and what it must hold."""
    header = "# Derived from services/__init__.py by `make derived`.\n"
    backends = (BACKEND.format(service=service, variable=service.upper()) for service in SERVICES)
    return {
        GATEWAY / "services.cfg": header + "".join(backends),
        ROOT / "docs" / "audit-rules.md": audit_rules.page(),
        GATEWAY / "services.lst": header + "".join(f"{service}\n" for service in SERVICES),
    }


def outdated() -> list[Path]:
    """The files that do not hold what they must."""
    return [path for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text]
