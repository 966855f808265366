"""How answers look: tables for a person, JSON for a script. Nothing of a message is taken for markup."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tools.xueshi.dead_letter import DeadLetter
from tools.xueshi.outbox import Status

out = Console()
err = Console(stderr=True)
NOTHING = "–"


def as_json(rows: Sequence[Any]) -> None:
    """A JSON array of dataclasses or plain values."""
    plain = [asdict(it) if is_dataclass(it) and not isinstance(it, type) else it for it in rows]
    print(json.dumps(plain, ensure_ascii=False, indent=2))


def say(message: str, style: str = "") -> None:
    """One line for the person, beside the answer."""
    err.print(Text(message), style=style, soft_wrap=True)


def counts(rows: Iterable[dict[str, Any]]) -> None:
    """Dead letters by service."""
    table = Table("service", "dead letters", box=None)
    for row in rows:
        table.add_row(row["service"], _number(row["dead"]))
    out.print(table)


def letters(rows: Sequence[DeadLetter], waiting: int) -> None:
    """Dead letters, oldest first."""
    table = Table("id", "type", "subject", "time", "failures", "error", box=None)
    for it in rows:
        error = it.error if it.raw is None else f"{it.error} · {it.bytes} bytes: {it.raw}"
        what = (it.id, it.type or NOTHING, it.subject or NOTHING, it.time or NOTHING, str(it.failures), error)
        table.add_row(*(Text(_visible(cell), overflow="fold") for cell in what))
    out.print(table)
    say(f"{len(rows)} of {waiting} shown.")


def statuses(rows: Iterable[Status]) -> None:
    """How every service stands."""
    ladder = "retry 1s/10s/1m/10m"
    table = Table("service", "unsent", "oldest", "relay", "lease", "inbox", ladder, "dead", box=None)
    for it in rows:
        rungs = "/".join(_number(rung) for rung in it.retry)
        relay = it.trouble or it.relay or "nobody"
        own = (_number(it.unsent), _seconds(it.oldest_seconds), _visible(relay), _seconds(it.lease_seconds))
        table.add_row(it.service, *map(Text, own), _number(it.inbox), rungs, _number(it.dead))
    out.print(table)


def log_status(row: dict[str, Any]) -> None:
    """Where the log ends and where its reader is."""
    table = Table("newest offset", "audit has read", "behind", "base", box=None)
    table.add_row(*(_number(row[it]) for it in ("last", "audited", "behind", "base")))
    out.print(table)


def segments(rows: Iterable[dict[str, Any]]) -> None:
    """The archive, segment by segment."""
    table = Table("offsets", "positions", "events", "from", "to", "bytes", "key", "state", box=None)
    for it in rows:
        offsets, positions = (f"{it[f'first_{of}']:,}–{it[f'last_{of}']:,}" for of in ("offset", "position"))
        times = (it["earliest"] or NOTHING, it["latest"] or NOTHING)
        checked = "verified" if it["verified"] else "signed"
        state = Text("damaged", style="red") if it["fault"] else Text(checked)
        table.add_row(
            offsets, positions, _number(it["events"]), *times, _number(it["bytes"]), it["key_id"][:8], state
        )
    out.print(table)


@contextmanager
def reading(console: Console) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; what it yields is told (offset read, last offset)."""
    columns = (TextColumn("Reading the log"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda offset, last: progress.update(task, completed=offset, total=max(offset, last))


def _visible(text: str) -> str:
    """Without what would move a terminal's cursor or change its colours."""
    return "".join(it if it.isprintable() else ascii(it)[1:-1] for it in str(text))


def _number(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def _seconds(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.1f} s"
