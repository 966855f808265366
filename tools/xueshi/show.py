"""How answers look: tables for a person, JSON for a script. No text of a message is interpreted as markup."""

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
    plain = [asdict(row) if is_dataclass(row) and not isinstance(row, type) else row for row in rows]
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
    for row in rows:
        error = row.error if row.raw is None else f"{row.error} · {row.bytes} bytes: {row.raw}"
        what = (
            row.id,
            row.type or NOTHING,
            row.subject or NOTHING,
            row.time or NOTHING,
            str(row.failures),
            error,
        )
        table.add_row(*(Text(_visible(cell), overflow="fold") for cell in what))
    out.print(table)
    say(f"{len(rows)} of {waiting} shown.")


def statuses(rows: Iterable[Status]) -> None:
    """The state of every service."""
    retry = "retry 1s/10s/1m/10m"
    table = Table("service", "unsent", "oldest", "relay", "lease", "inbox", retry, "dead", box=None)
    for row in rows:
        retries = "/".join(_number(count) for count in row.retry)
        relay = row.trouble or row.relay or "nobody"
        own = (
            _number(row.unsent),
            _seconds(row.oldest_seconds),
            _visible(relay),
            _seconds(row.lease_seconds),
        )
        table.add_row(row.service, *map(Text, own), _number(row.inbox), retries, _number(row.dead))
    out.print(table)


def log_status(row: dict[str, Any]) -> None:
    """Where the log ends and where its reader is."""
    table = Table("newest offset", "audit has read", "behind", "base", box=None)
    table.add_row(*(_number(row[name]) for name in ("last", "audited", "behind", "base")))
    out.print(table)


def segments(rows: Iterable[dict[str, Any]]) -> None:
    """The archive, segment by segment."""
    table = Table("offsets", "positions", "events", "from", "to", "bytes", "key", "state", box=None)
    for row in rows:
        offsets, positions = (
            f"{row[f'first_{of}']:,}–{row[f'last_{of}']:,}" for of in ("offset", "position")
        )
        times = (row["earliest"] or NOTHING, row["latest"] or NOTHING)
        checked = "verified" if row["verified"] else "signed"
        state = Text("damaged", style="red") if row["fault"] else Text(checked)
        table.add_row(
            offsets,
            positions,
            _number(row["events"]),
            *times,
            _number(row["bytes"]),
            row["key_id"][:8],
            state,
        )
    out.print(table)


@contextmanager
def reading(console: Console) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; call what it yields with (offset read, last offset)."""
    columns = (TextColumn("Reading the log"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda offset, last: progress.update(task, completed=offset, total=max(offset, last))


def _visible(text: str) -> str:
    """Without what would move a terminal's cursor or change its colours."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in str(text)
    )


def _number(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def _seconds(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.1f} s"
