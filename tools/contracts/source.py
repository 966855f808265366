"""What the source of a class holds: its docstring in two languages, its fields, their comments."""

import ast
import inspect
import io
import re
import tokenize
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

RULE = re.compile(r"\bR\d+\b|\bno rule: \S")


@dataclass(frozen=True)
class Docstring:
    """`中文名: what it means (R5).` taken apart; parts that are missing are empty."""

    chinese: str
    english: str

    @property
    def names_rule(self) -> bool:
        """Whether it names a domain rule, or has `no rule: why`."""
        return RULE.search(self.english) is not None


@dataclass(frozen=True)
class Line:
    """One field of a dataclass or one member of an enum, as its source has it."""

    name: str
    type: str  # the annotation; for a member of an enum its value
    default: str | None
    comment: str  # at the end of its line


def docstring_of(cls: type) -> Docstring:
    """The class's docstring; a name without 中文 counts as English."""
    text = " ".join((cls.__doc__ or "").split())
    name, colon, rest = text.partition(": ")
    return Docstring(name, rest) if colon and re.search(r"[\u4e00-\u9fff]", name) else Docstring("", text)


def lines_of(cls: type) -> list[Line]:
    """The fields or members that the class itself declares, in order."""
    module = inspect.getmodule(cls)
    assert module is not None
    classes, comments = _parsed(module)
    return [line for node in classes[cls.__name__].body for line in _line(node, comments)]


@cache
def _parsed(module: ModuleType) -> tuple[dict[str, ast.ClassDef], dict[int, str]]:
    source = inspect.getsource(module)
    classes = {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
    return classes, comments


def _line(node: ast.stmt, comments: dict[int, str]) -> list[Line]:
    comment = comments.get(node.end_lineno or 0, "").removeprefix("#").strip()
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            return [Line(name, ast.unparse(annotation), _default(value), comment)]
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
            return [Line(name, str(value), None, comment)]
    return []


def _default(value: Any) -> str | None:
    match value:
        case None:
            return None
        case ast.Call(keywords=[ast.keyword(arg="default_factory", value=factory)]):
            return f"{ast.unparse(factory)}()"
    return ast.unparse(value)
