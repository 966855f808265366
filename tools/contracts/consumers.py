"""The readers of each event, from the code of the services, without importing any of it.

A reader is a method under `@subscribe(X)`, a queue bound to `X.TYPE` or by `routes([X])`, or a service that
reads the stream of all events.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

STREAM = "StreamReader"  # of shared.eventlog
EVENTS = "shared.events"


@dataclass(frozen=True, order=True)
class Consumer:
    """A reader of one type of event."""

    service: str
    reader: str  # the method, or the file that binds a queue of its own

    def __str__(self) -> str:
        return f"{self.service}.{self.reader}"


def consumers(services: Path) -> dict[str, list[Consumer]]:
    """Event type → its readers, sorted. Raises LookupError for a subscription that it cannot resolve."""
    readers: dict[str, set[Consumer]] = {}
    for file in _files(services):
        service, tree = file.relative_to(services).parts[0], ast.parse(file.read_text("utf-8"))
        names = dict(_names(tree))
        for reader, expression in _readings(tree, file.stem):
            readers.setdefault(_type(expression, names, file), set()).add(Consumer(service, reader))
    return {type_: sorted(consumers) for type_, consumers in sorted(readers.items())}


def readers_of_all(services: Path) -> list[str]:
    """The services that read the stream `events.log`, and with it every event."""
    return sorted({file.relative_to(services).parts[0] for file in _files(services) if _reads_stream(file)})


def _files(services: Path) -> list[Path]:
    """A service's own code is at most two folders deep; a worker's environment is deeper."""
    files = [*services.glob("*/*.py"), *services.glob("*/*/*.py")]
    return sorted(path for path in files if "tests" not in path.parts)


def _reads_stream(file: Path) -> bool:
    imports = [
        node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
    ]
    return any(alias.name == STREAM for node in imports for alias in node.names)


def _names(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """Local name → what it was imported as: a module of events, or a name in one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(EVENTS):
            module = import_module(node.module or "")
            yield from ((alias.asname or alias.name, getattr(module, alias.name)) for alias in node.names)


def _readings(tree: ast.Module, file: str) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=method, decorator_list=decorators):
                yield from ((method, name) for name in _subscribed(decorators))
            case ast.Call(func=ast.Attribute(attr="queue_bind"), args=arguments):
                yield from ((file, name) for name in _bound(arguments))
            case ast.Call(func=ast.Name(id="routes"), args=[ast.List(elts=events)]):
                yield from ((file, event) for event in events)


def _subscribed(decorators: Iterable[ast.expr]) -> Iterator[ast.expr]:
    for decorator in decorators:
        match decorator:
            case ast.Call(func=ast.Name(id="subscribe") | ast.Attribute(attr="subscribe"), args=[event, *_]):
                yield event


def _bound(arguments: Iterable[ast.expr]) -> Iterator[ast.expr]:
    for argument in arguments:
        match argument:
            case ast.Attribute(attr="TYPE", value=event):
                yield event


def _type(expression: ast.expr, names: dict[str, Any], file: Path) -> str:
    match expression:
        case ast.Name(id=name) if name in names:
            return str(names[name].TYPE)
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in names:
            return str(getattr(names[module], name).TYPE)
    raise LookupError(f"{file.name}: {ast.unparse(expression)} is not imported from {EVENTS}")
