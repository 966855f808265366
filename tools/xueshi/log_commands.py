"""The commands about the event log: each asks, shows, and returns its exit status."""

import sys
from argparse import Namespace
from collections.abc import Iterator

from rich.progress import track

from tools.xueshi import generation, replay, show
from tools.xueshi.archive import LogArchive
from tools.xueshi.endpoints import PUBLIC_KEYS, S3, Endpoints
from tools.xueshi.errors import Unknown
from tools.xueshi.selection import Selection
from tools.xueshi.stream import OnProgress


def replay_log(endpoints: Endpoints, asked: Namespace) -> int:
    """Print the events of the log; how many were printed goes to stderr."""
    wanted = Selection(
        since=asked.since, until=asked.until, types=tuple(asked.type), subjects=tuple(asked.subject)
    )
    printed = 0
    with show.reading(show.err) as on_progress:
        for line in _lines(endpoints, asked.source, wanted, on_progress):
            sys.stdout.buffer.write(line + b"\n")
            printed += 1
    sys.stdout.buffer.flush()
    alone = asked.source == "auto" and endpoints.archive is None
    show.say(f"{printed:,} events printed{', of the stream alone: no archive is set' if alone else ''}.")
    return 0


def _lines(endpoints: Endpoints, source: str, wanted: Selection, on_progress: OnProgress) -> Iterator[bytes]:
    if source == "archive":
        return replay.archived_events(wanted, on_progress, _archive(endpoints))
    if source == "stream" or endpoints.archive is None:
        return replay.events(endpoints.amqp_uri, wanted, on_progress)
    archive, base = LogArchive(endpoints.archive), generation.base(endpoints)
    return replay.events(endpoints.amqp_uri, wanted, on_progress, archive=archive, base=base)


def show_archive(endpoints: Endpoints, asked: Namespace) -> int:
    """The segments; 1 when one of them is not what was signed."""
    archive = _archive(endpoints)
    manifests = archive.manifests()
    rows = [
        archive.row(manifest, asked.verify)
        for manifest in track(
            manifests, "Verifying", console=show.err, disable=not (asked.verify and show.err.is_terminal)
        )
    ]
    show.as_json(rows) if asked.json else show.segments(rows)
    faults = [row["fault"] for row in rows if row["fault"]]
    for fault in faults:
        show.say(fault, "red")
    total = f"{len(rows):,} segments, {sum(row['events'] for row in rows):,} events"
    show.say(f"{total}{', all verified' if asked.verify and not faults else ''}.")
    return 1 if faults else 0


def _archive(endpoints: Endpoints) -> LogArchive:
    if endpoints.archive is None:
        raise Unknown("The archive is unknown. Set " + ", ".join((*S3, PUBLIC_KEYS)) + ".")
    return LogArchive(endpoints.archive)
