"""The commands: each asks, shows, and returns its exit status."""

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable
from dataclasses import asdict

import structlog
from rich.progress import track
from rich.prompt import Confirm
from rich.text import Text

from services import SERVICES
from shared.domain.clock import utc_now
from shared.messaging import topology
from tools.xueshi import log_commands, outbox, show
from tools.xueshi.broker import connected, depth
from tools.xueshi.dead_letter import DeadLetter
from tools.xueshi.deadletters import DeadLetters
from tools.xueshi.endpoints import Endpoints
from tools.xueshi.errors import OperatorError, Unreachable
from tools.xueshi.log_status import log_status

log = structlog.get_logger()
Command = Callable[[Endpoints, Namespace], int]
LOGGED = ("id", "type", "subject", "time", "error", "failures", "bytes", "sha256")


def list_deadletters(endpoints: Endpoints, asked: Namespace) -> int:
    """How many each service has; None where a service has no such queue."""
    with connected(endpoints.amqp_uri) as connection:
        if asked.service:
            rows = [{"service": asked.service, "dead": DeadLetters(connection, asked.service).count()}]
        else:
            rows = [{"service": it, "dead": depth(connection, topology.dead(it).name)} for it in SERVICES]
    show.as_json(rows) if asked.json else show.counts(rows)
    return 0


def show_deadletters(endpoints: Endpoints, asked: Namespace) -> int:
    """What they are and why they died."""
    with connected(endpoints.amqp_uri) as connection:
        letters = DeadLetters(connection, asked.service)
        waiting, found = letters.count(), letters.show(asked.limit)
    show.as_json(found) if asked.json else show.letters(found, waiting)
    return 0


def replay_deadletters(endpoints: Endpoints, asked: Namespace) -> int:
    """Send back to the inbox."""
    with connected(endpoints.amqp_uri) as connection:
        letters = DeadLetters(connection, asked.service)
        done = _count(track(
            letters.replay(asked.id), "Replaying", total=letters.count() if asked.all else None,
            console=show.err, disable=not show.err.is_terminal,
        ))  # fmt: skip
    show.say(f"{done} sent back to {topology.inbox(asked.service).name}.")
    return 0


def drop_deadletter(endpoints: Endpoints, asked: Namespace) -> int:
    """Remove one for good. Raises OperatorError when nobody is there to confirm it."""
    if not asked.yes and not _confirmed(asked):
        show.say("Nothing was dropped.")
        return 1
    with connected(endpoints.amqp_uri) as connection:
        done = _count(DeadLetters(connection, asked.service).drop(asked.id, lambda it: _record(it, asked)))
    show.say(f"{done} dropped from {topology.dead(asked.service).name}.")
    return 0


def outbox_status(endpoints: Endpoints, asked: Namespace) -> int:
    """How every service stands; 1 when an unsent event is older than asked, 3 when a database is away."""
    now = utc_now()
    with connected(endpoints.amqp_uri) as connection:
        rows = [outbox.status(endpoints, connection, it, now) for it in SERVICES]
    show.as_json(rows) if asked.json else show.statuses(rows)
    late = [it for it in rows if asked.max_age is not None and (it.oldest_seconds or 0) > asked.max_age]
    for it in late:
        show.say(f"{it.service}: an event has waited {it.oldest_seconds:,.0f} s to be sent.", "red")
    if away := [it.service for it in rows if it.trouble]:
        raise Unreachable(f"The databases of these services do not answer: {', '.join(away)}.")
    return 1 if late else 0


def show_log_status(endpoints: Endpoints, asked: Namespace) -> int:
    """How far the log reaches; 1 when audit is too far behind, or ahead of a stream that is a new one."""
    found = log_status(endpoints)
    row = asdict(found) | {"behind": found.behind}
    show.as_json([row]) if asked.json else show.log_status(row)
    if found.behind < 0:
        show.say("Audit has read further than the log reaches: the stream was deleted and recreated.", "red")
        show.say("Its reader begins a new generation as soon as it runs.", "red")
        return 1
    return 1 if asked.max_behind is not None and found.behind > asked.max_behind else 0


COMMANDS: dict[tuple[str, str], Command] = {
    ("deadletters", "list"): list_deadletters,
    ("deadletters", "show"): show_deadletters,
    ("deadletters", "replay"): replay_deadletters,
    ("deadletters", "drop"): drop_deadletter,
    ("log", "archive"): log_commands.show_archive,
    ("log", "replay"): log_commands.replay_log,
    ("log", "status"): show_log_status,
    ("outbox", "status"): outbox_status,
}


def _confirmed(asked: Namespace) -> bool:
    if not sys.stdin.isatty():
        raise OperatorError("Nobody is there to confirm it; with --yes it goes unasked.")
    question = Text(f"Drop {asked.id} of {asked.service} for good?")
    return Confirm.ask(question, console=show.err, default=False)


def _record(letter: DeadLetter, asked: Namespace) -> None:
    """Who removed what and why, as a JSON line on stderr; nothing of the message's data."""
    what = {name: value for name, value in asdict(letter).items() if name in LOGGED}
    who = os.environ.get("XUESHI_OPERATOR") or getpass.getuser()
    log.warning("deadletter.dropped", of=asked.service, operator=who, reason=asked.reason, **what)


def _count(done: Iterable[object]) -> int:
    return sum(1 for _ in done)
