"""The commands: each asks, shows, and returns its exit status."""

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict

import structlog
from rich.progress import track
from rich.prompt import Confirm
from rich.text import Text

from deploy.operate import outbox, replay, show
from deploy.operate.archive import LogArchive
from deploy.operate.broker import connected, depth
from deploy.operate.dead_letter import DeadLetter
from deploy.operate.deadletters import DeadLetters
from deploy.operate.errors import OperatorError, Unknown, Unreachable
from deploy.operate.follow import Tell
from deploy.operate.log_status import log_status
from deploy.operate.places import PUBLIC_KEYS, S3, SERVICES, Places
from deploy.operate.selection import Selection
from shared.clock import utc_now
from shared.messaging import topology

log = structlog.get_logger()
Command = Callable[[Places, Namespace], int]
LOGGED = ("id", "type", "subject", "time", "error", "failures", "bytes", "sha256")


def list_deadletters(places: Places, asked: Namespace) -> int:
    """How many each service has; None where a service has no such queue."""
    with connected(places.amqp_uri) as connection:
        if asked.service:
            rows = [{"service": asked.service, "dead": DeadLetters(connection, asked.service).count()}]
        else:
            rows = [{"service": it, "dead": depth(connection, topology.dead(it).name)} for it in SERVICES]
    show.as_json(rows) if asked.json else show.counts(rows)
    return 0


def show_deadletters(places: Places, asked: Namespace) -> int:
    """What they are and why they died."""
    with connected(places.amqp_uri) as connection:
        letters = DeadLetters(connection, asked.service)
        waiting, found = letters.count(), letters.show(asked.limit)
    show.as_json(found) if asked.json else show.letters(found, waiting)
    return 0


def replay_deadletters(places: Places, asked: Namespace) -> int:
    """Send back to the inbox."""
    with connected(places.amqp_uri) as connection:
        letters = DeadLetters(connection, asked.service)
        done = _count(track(
            letters.replay(asked.id), "Replaying", total=letters.count() if asked.all else None,
            console=show.err, disable=not show.err.is_terminal,
        ))  # fmt: skip
    show.say(f"{done} sent back to {topology.inbox(asked.service).name}.")
    return 0


def drop_deadletter(places: Places, asked: Namespace) -> int:
    """Remove one for good. Raises OperatorError when nobody is there to confirm it."""
    if not asked.yes and not _confirmed(asked):
        show.say("Nothing was dropped.")
        return 1
    with connected(places.amqp_uri) as connection:
        done = _count(DeadLetters(connection, asked.service).drop(asked.id, lambda it: _record(it, asked)))
    show.say(f"{done} dropped from {topology.dead(asked.service).name}.")
    return 0


def outbox_status(places: Places, asked: Namespace) -> int:
    """How every service stands; 1 when an unsent event is older than asked, 3 when a database is away."""
    now = utc_now()
    with connected(places.amqp_uri) as connection:
        rows = [outbox.status(places, connection, it, now) for it in SERVICES]
    show.as_json(rows) if asked.json else show.statuses(rows)
    late = [it for it in rows if asked.max_age is not None and (it.oldest_seconds or 0) > asked.max_age]
    for it in late:
        show.say(f"{it.service}: an event has waited {it.oldest_seconds:,.0f} s to be sent.", "red")
    if away := [it.service for it in rows if it.trouble]:
        raise Unreachable(f"The databases of these services do not answer: {', '.join(away)}.")
    return 1 if late else 0


def replay_log(places: Places, asked: Namespace) -> int:
    """Print the events of the log; how many were printed stands on stderr."""
    wanted = Selection(
        since=asked.since, until=asked.until, types=tuple(asked.type), subjects=tuple(asked.subject)
    )
    printed = 0
    with show.reading(show.err) as tell:
        for line in _lines(places, asked.source, wanted, tell):
            sys.stdout.buffer.write(line + b"\n")
            printed += 1
    sys.stdout.buffer.flush()
    alone = asked.source == "auto" and places.archive is None
    show.say(f"{printed:,} events printed{', of the stream alone: no archive is set' if alone else ''}.")
    return 0


def _lines(places: Places, source: str, wanted: Selection, tell: Tell) -> Iterator[bytes]:
    if source == "archive":
        return replay.archived_events(wanted, tell, _archive(places))
    archive = LogArchive(places.archive) if places.archive and source == "auto" else None
    return replay.events(places.amqp_uri, wanted, tell, archive=archive)


def show_archive(places: Places, asked: Namespace) -> int:
    """The segments; 1 when one of them is not what was signed."""
    archive = _archive(places)
    manifests = archive.manifests()
    rows = [
        archive.row(it, asked.verify)
        for it in track(
            manifests, "Verifying", console=show.err, disable=not (asked.verify and show.err.is_terminal)
        )
    ]
    show.as_json(rows) if asked.json else show.segments(rows)
    faults = [it["fault"] for it in rows if it["fault"]]
    for it in faults:
        show.say(it, "red")
    total = f"{len(rows):,} segments, {sum(it['events'] for it in rows):,} events"
    show.say(f"{total}{', all verified' if asked.verify and not faults else ''}.")
    return 1 if faults else 0


def _archive(places: Places) -> LogArchive:
    if places.archive is None:
        raise Unknown("The archive is unknown. Set " + ", ".join((*S3, PUBLIC_KEYS)) + ".")
    return LogArchive(places.archive)


def show_log_status(places: Places, asked: Namespace) -> int:
    """How far the log reaches; 1 when audit is too far behind, or ahead of a stream that is a new one."""
    found = log_status(places)
    row = asdict(found) | {"behind": found.behind}
    show.as_json([row]) if asked.json else show.log_status(row)
    if found.behind < 0:
        show.say("Audit has read further than the log reaches: the stream was deleted and made anew.", "red")
        return 1
    return 1 if asked.max_behind is not None and found.behind > asked.max_behind else 0


COMMANDS: dict[tuple[str, str], Command] = {
    ("deadletters", "list"): list_deadletters,
    ("deadletters", "show"): show_deadletters,
    ("deadletters", "replay"): replay_deadletters,
    ("deadletters", "drop"): drop_deadletter,
    ("log", "archive"): show_archive,
    ("log", "replay"): replay_log,
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
