"""A copy of the sources that mutmut may fill with mutants."""

import ast
import shutil
import subprocess

from testkit.servers.layout import REPOSITORY

TREE = REPOSITORY / ".run" / "mutants" / "tree"
ALL_TESTS = 'test_selection = ["services"]'
COPIED = (
    "services", "shared", "deploy", "testkit", "tools", "tests", "conftest.py", "pyproject.toml", "uv.lock",
)  # fmt: skip


def make_tree(services: list[str]) -> None:
    """A fresh copy of all that git knows; of `services`, the properties are written as plain methods."""
    shutil.rmtree(TREE, ignore_errors=True)
    for name in _files():
        (TREE / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, TREE / name)
    _select_tests_of(services)
    for service in services:
        for path in (TREE / "services" / service / "domain").glob("*.py"):
            path.write_text(without_property_decorators(path.read_text()))


def _select_tests_of(services: list[str]) -> None:
    """mutmut runs all tests once before it plants anything: those of other services would only take time."""
    settings = TREE / "pyproject.toml"
    chosen = ", ".join(f'"services/{service}/tests"' for service in services)
    settings.write_text(settings.read_text().replace(ALL_TESTS, f"test_selection = [{chosen}]"))


def without_property_decorators(source: str) -> str:
    """`@property def x` becomes `def x` and `x = property(x)`: mutmut leaves decorated functions alone."""
    lines = source.splitlines()
    found = [node for node in ast.walk(ast.parse(source)) if _is_property(node)]
    for node in sorted(found, key=lambda node: -node.lineno):
        lines.insert(node.end_lineno or 0, " " * node.col_offset + f"{node.name} = property({node.name})")
        del lines[node.lineno - 2]
    return "\n".join(lines) + "\n"


def _is_property(node: ast.AST) -> bool:
    """Decorators stand on the lines above `def`; a property has this one only."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return [ast.unparse(decorator) for decorator in decorators] == ["property"]


def _files() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *COPIED]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]
